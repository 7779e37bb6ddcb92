/**
 * What a Uniswap v3 position would pay out: its principal at a price of its pool and the fees it has not collected,
 * to the last unit as `decreaseLiquidity` and `collect` would.
 */
import { minOf } from "../../../aggregator/domain/fixed.js"
import { amount0Between, amount1Between, sqrtPriceAtTick } from "./uniswap-v3-ticks.js"

/** An amount of token0 and one of token1, in their smallest units. */
export type Pair = readonly [amount0: bigint, amount1: bigint]

export interface Position {
  readonly lowerTick: number
  readonly upperTick: number
  readonly liquidity: bigint
  /** Fee growth inside the range when fees were last added up, × 2^128 per unit of liquidity. */
  readonly feeGrowthInsideLast: Pair
  /** Added up and not collected. */
  readonly tokensOwed: Pair
}

/** Fee growth on the other side of a tick, × 2^128 per unit of liquidity. */
export type FeeGrowth = Pair

export interface Pool {
  /** √price × 2^96 and the tick at or below it. */
  readonly sqrtPrice: bigint
  readonly tick: number
  readonly feeGrowthGlobal: FeeGrowth
}

/** The two ends of the position's range as its pool keeps them. */
export interface RangeEnds {
  readonly lower: FeeGrowth
  readonly upper: FeeGrowth
}

const Q128 = 1n << 128n
/** Fee growth only matters as a difference: it overflows on purpose. */
const wrap = (value: bigint) => BigInt.asUintN(256, value)
const UINT128 = (value: bigint) => BigInt.asUintN(128, value)

/** What the liquidity stands for at a price. */
export function principalAt({ sqrtPrice, tick }: Pick<Pool, "sqrtPrice" | "tick">, position: Position): Pair {
  const { lowerTick, upperTick, liquidity } = position
  const [lower, upper] = [sqrtPriceAtTick(lowerTick), sqrtPriceAtTick(upperTick)]
  if (tick < lowerTick) return [amount0Between(lower, upper, liquidity), 0n]
  if (tick >= upperTick) return [0n, amount1Between(lower, upper, liquidity)]
  return [amount0Between(sqrtPrice, upper, liquidity), amount1Between(lower, sqrtPrice, liquidity)]
}

/** Fees that the position has earned and not collected. */
export function uncollectedFees(pool: Pool, ends: RangeEnds, position: Position): Pair {
  const earned = (side: 0 | 1) => {
    const growth = wrap(growthInside(pool, ends, position, side) - position.feeGrowthInsideLast[side])
    return UINT128((growth * position.liquidity) / Q128) + position.tokensOwed[side]
  }
  return [earned(0), earned(1)]
}

/** All growth less what happened below and above the range; a tick keeps the growth on its side away from the price. */
function growthInside({ tick, feeGrowthGlobal }: Pool, { lower, upper }: RangeEnds, position: Position, side: 0 | 1) {
  const global = feeGrowthGlobal[side]
  const below = tick >= position.lowerTick ? lower[side] : wrap(global - lower[side])
  const above = tick < position.upperTick ? upper[side] : wrap(global - upper[side])
  return wrap(global - below - above)
}

/**
 * The principal that counts. A price that somebody pushed away makes a position look like more than it is worth, so where
 * spot and average are further apart than `mostTicks`, of each token the lower amount of the two counts.
 */
export function safePrincipal(pool: Pool, averageTick: number, mostTicks: number, position: Position): Pair {
  const spot = principalAt(pool, position)
  if (Math.abs(pool.tick - averageTick) <= mostTicks) return spot
  const average = principalAt({ tick: averageTick, sqrtPrice: sqrtPriceAtTick(averageTick) }, position)
  return [minOf(spot[0], average[0]), minOf(spot[1], average[1])]
}
