/**
 * What is asked of Uniswap v3's contracts, round by round: the NFTs of each holder, their positions, and the pools behind.
 */
import { type Address as Holder, parseAbi, zeroAddress } from "viem"
import type { EvmCall, EvmCallResult } from "../adapter.js"
import type { Decoded } from "../decoded.js"
import { type Answer, checked, gather, ReadRound } from "../read-round.js"
import { viewsOf } from "../views.js"
import type { FeeGrowth, Pool, Position, RangeEnds } from "./uniswap-v3-position.js"
import { MAX_TICK, sqrtPriceAtTick } from "./uniswap-v3-ticks.js"

const ask = viewsOf(
  parseAbi([
    "function factory() view returns (address)",
    "function balanceOf(address owner) view returns (uint256)",
    "function tokenOfOwnerByIndex(address owner, uint256 index) view returns (uint256)",
    "function positions(uint256 tokenId) view returns (uint96 nonce, address operator, address token0, address token1, uint24 fee, int24 tickLower, int24 tickUpper, uint128 liquidity, uint256 feeGrowthInside0LastX128, uint256 feeGrowthInside1LastX128, uint128 tokensOwed0, uint128 tokensOwed1)",
    "function getPool(address token0, address token1, uint24 fee) view returns (address)",
    "function slot0() view returns (uint160 sqrtPriceX96, int24 tick, uint16 observationIndex, uint16 observationCardinality, uint16 observationCardinalityNext, uint8 feeProtocol, bool unlocked)",
    "function feeGrowthGlobal0X128() view returns (uint256)",
    "function feeGrowthGlobal1X128() view returns (uint256)",
    "function ticks(int24 tick) view returns (uint128 liquidityGross, int128 liquidityNet, uint256 feeGrowthOutside0X128, uint256 feeGrowthOutside1X128, int56 tickCumulativeOutside, uint160 secondsPerLiquidityOutsideX128, uint32 secondsOutside, bool initialized)",
    "function observe(uint32[] secondsAgos) view returns (int56[] tickCumulatives, uint160[] secondsPerLiquidityCumulativeX128s)",
  ]),
)

type Steps<Value> = Generator<readonly EvmCall[], Value, readonly EvmCallResult[]>

/** Anybody can send anybody worthless NFTs: so many of a holder are looked at. */
export const MOST_POSITIONS = 256

/** A pool by what it trades. */
export interface PoolKey {
  readonly token0: Holder
  readonly token1: Holder
  readonly fee: number
}

export interface HeldPosition extends Position {
  readonly tokenId: bigint
  readonly key: PoolKey
}

/** What one holder has: as many NFTs as are looked at, and how many there are. */
export interface Portfolio {
  readonly count: bigint
  readonly positions: readonly Decoded<HeldPosition>[]
}

/** Everything about the pool that one position needs. */
export interface PoolState {
  readonly pool: Pool
  readonly ends: RangeEnds
  /** The average tick over the window; a fault when the pool keeps no history that long. */
  readonly averageTick: Decoded<number>
}

/** Three rounds: how many NFTs, which, and their positions. */
export function* readPortfolios(
  manager: Holder,
  holders: readonly Holder[],
): Steps<{ readonly factory: Decoded<Holder>; readonly portfolios: ReadonlyMap<Holder, Decoded<Portfolio>> }> {
  const first = new ReadRound()
  const factory = first.add(ask("factory", manager))
  const counts = holders.map(holder => ({ holder, count: first.add(ask("balanceOf", manager, holder)) }))
  yield* first.ask()

  const second = new ReadRound()
  const listed = counts.map(({ holder, count }) => {
    const held = count()
    const length = held.status === "ok" ? Number(held.value < MOST_POSITIONS ? held.value : MOST_POSITIONS) : 0
    const ids = Array.from({ length }, (_, index) =>
      second.add(ask("tokenOfOwnerByIndex", manager, holder, BigInt(index))),
    )
    return { holder, held, ids }
  })
  yield* second.ask()

  const third = new ReadRound()
  const asked = listed.map(({ holder, held, ids }) => ({
    holder,
    held,
    positions: ids.map(id => addPosition(third, manager, id())),
  }))
  yield* third.ask()

  const portfolioOf = (held: Decoded<bigint>, positions: readonly Answer<HeldPosition>[]): Decoded<Portfolio> =>
    held.status === "fault"
      ? held
      : { status: "ok", value: { count: held.value, positions: positions.map(position => position()) } }
  return {
    factory: factory(),
    portfolios: new Map(asked.map(({ holder, held, positions }) => [holder, portfolioOf(held, positions)])),
  }
}

function addPosition(round: ReadRound, manager: Holder, id: Decoded<bigint>): Answer<HeldPosition> {
  if (id.status === "fault") return () => id
  const tokenId = id.value
  const position = round.add(checked(ask("positions", manager, tokenId), withRange))
  return () =>
    gather(need => {
      const [, , token0, token1, fee, lowerTick, upperTick, liquidity, growth0, growth1, owed0, owed1] = need(position)
      return {
        tokenId,
        key: { token0, token1, fee },
        lowerTick,
        upperTick,
        liquidity,
        feeGrowthInsideLast: [growth0, growth1],
        tokensOwed: [owed0, owed1],
      }
    })
}

/** Two rounds: where each pool is, and its state; each pool and each tick once. @returns the state for a position. */
export function* readPools(
  factory: Holder,
  averageSeconds: number,
  positions: readonly HeldPosition[],
): Steps<(position: HeldPosition) => Decoded<PoolState>> {
  const first = new ReadRound()
  const addresses = new Map<string, Answer<Holder>>()
  for (const { key } of positions) {
    const name = nameOf(key)
    if (!addresses.has(name)) addresses.set(name, first.add(ask("getPool", factory, key.token0, key.token1, key.fee)))
  }
  yield* first.ask()

  const second = new ReadRound()
  const pools = new Map<Holder, PoolReads>()
  for (const position of positions) {
    const pool = addresses.get(nameOf(position.key))?.()
    if (pool?.status !== "ok" || pool.value === zeroAddress) continue
    const known = pools.get(pool.value) ?? new PoolReads(second, pool.value, averageSeconds)
    pools.set(pool.value, known)
    known.addTick(position.lowerTick)
    known.addTick(position.upperTick)
  }
  yield* second.ask()

  return position => {
    const pool = addresses.get(nameOf(position.key))?.() ?? MISSING
    if (pool.status === "fault") return pool
    return pools.get(pool.value)?.state(position) ?? MISSING
  }
}

const nameOf = ({ token0, token1, fee }: PoolKey) => `${token0} ${token1} ${fee}`

const MISSING: Decoded<never> = { status: "fault", code: "NOT_DEPLOYED", detail: "the factory has no such pool" }

class PoolReads {
  readonly #round: ReadRound
  readonly #address: Holder
  readonly #pool: Answer<Pool>
  readonly #averageTick: Answer<number>
  readonly #ticks = new Map<number, Answer<FeeGrowth>>()

  constructor(round: ReadRound, address: Holder, averageSeconds: number) {
    this.#round = round
    this.#address = address
    const slot0 = round.add(checked(ask("slot0", address), priced))
    const growth0 = round.add(ask("feeGrowthGlobal0X128", address))
    const growth1 = round.add(ask("feeGrowthGlobal1X128", address))
    const observed = round.add(
      checked(ask("observe", address, [averageSeconds, 0]), ([[then = 0n, now = 0n]]) =>
        onGrid(Math.floor(Number(now - then) / averageSeconds)),
      ),
    )
    this.#pool = () =>
      gather(need => {
        const [sqrtPrice, tick] = need(slot0)
        return { sqrtPrice, tick, feeGrowthGlobal: [need(growth0), need(growth1)] }
      })
    this.#averageTick = observed
  }

  addTick(tick: number): void {
    if (this.#ticks.has(tick)) return
    const answer = this.#round.add(ask("ticks", this.#address, tick))
    this.#ticks.set(tick, () =>
      gather((need): FeeGrowth => {
        const [, , growth0, growth1] = need(answer)
        return [growth0, growth1]
      }),
    )
  }

  state({ lowerTick, upperTick }: Position): Decoded<PoolState> {
    const [lower, upper] = [this.#ticks.get(lowerTick), this.#ticks.get(upperTick)]
    if (!lower || !upper) return MISSING
    return gather(need => ({
      pool: need(this.#pool),
      ends: { lower: need(lower), upper: need(upper) },
      averageTick: this.#averageTick(),
    }))
  }
}

/** @throws RangeError when a price and its tick do not belong together, as in a pool that was never started. */
function priced<Slot extends readonly [sqrtPrice: bigint, tick: number, ...unknown[]]>(slot: Slot): Slot {
  const [sqrtPrice, tick] = slot
  if (sqrtPrice < sqrtPriceAtTick(tick) || (tick < MAX_TICK && sqrtPrice >= sqrtPriceAtTick(tick + 1))) {
    throw new RangeError(`√price ${sqrtPrice} is not at tick ${tick}`)
  }
  return slot
}

/** @throws RangeError when the grid has no such tick. */
function onGrid(tick: number): number {
  sqrtPriceAtTick(tick)
  return tick
}

/** @throws RangeError when the ends of the range are not in order or not on the grid. */
function withRange<Fields extends readonly unknown[]>(fields: Fields): Fields {
  const [lower, upper] = [Number(fields[5]), Number(fields[6])]
  if (onGrid(lower) >= onGrid(upper)) throw new RangeError(`a range does not reach from ${lower} to ${upper}`)
  return fields
}
