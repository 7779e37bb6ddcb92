/**
 * Every interval of a symbol's price in which the account could be liquidated, by full repricing at each price looked at.
 * Books of options have several such intervals; collateral and debts in the symbol move with it as positions do.
 */
import { abs, divide, maxOf, minOf, ONE, type Price, price } from "../domain/fixed.js"
import { isPosition } from "../domain/leg.js"
import { type AccountCase, recast, standingOf } from "./account-case.js"
import { withPrices } from "./change-market.js"

export interface PriceRange {
  /** Both are whole ticks, 0 < from < to. */
  readonly from: Price
  readonly to: Price
  /** USD; crossings are located to one tick. */
  readonly tick: Price
}

export interface PriceBand {
  readonly from: Price
  readonly to: Price
}

export interface LiquidationBands {
  readonly symbol: string
  /** Price now; `null` when there is none. */
  readonly price: Price | null
  readonly range: PriceRange
  /**
   * Ascending, disjoint: equity < MM, or no number can be given, somewhere in each and nowhere outside. Ends are ticks, rounded
   * outward; a band that ends where the range does may go on beyond it.
   */
  readonly bands: readonly PriceBand[]
  /** Where the budget of repricings ran out before either answer was certain; empty but for books that barely hold everywhere. */
  readonly undecided: readonly PriceBand[]
  /** Nearest end of a band below the price, and above it; the price itself inside a band; `null` for none. */
  readonly nearestBelow: Price | null
  readonly nearestAbove: Price | null
  /** How often the account was repriced. */
  readonly repricings: number
}

/** Symbols whose price the account's health depends on, sorted. */
export const priceExposures = ({ account }: AccountCase): string[] =>
  [...new Set(account.legs.map(leg => (isPosition(leg) ? leg.instrument.underlying : leg.symbol)))].sort()

const LOWEST = { numerator: 1n, denominator: 20n }
const HIGHEST = 4n
const TICKS_PER_PRICE = 10_000n

/** From a twentieth to four times the price, in ticks of the largest power of ten that is at most a 10,000th of it. */
export function usualRange(at: Price): PriceRange {
  let tick = ONE * 10n ** 18n
  while (tick > 1n && tick * TICKS_PER_PRICE > at) tick /= 10n
  const wholeTicks = (value: bigint) => maxOf(value / tick, 1n) * tick
  return {
    from: price(wholeTicks((at * LOWEST.numerator) / LOWEST.denominator)),
    to: price(wholeTicks(at * HIGHEST)),
    tick: price(tick),
  }
}

/** First look, evenly spaced in ratio: a band is found however narrow, this only saves repricings. */
const FIRST_LOOK = 48
const BUDGET = 2_000

/**
 * Searches a price range for every band, volatilities held and everything else as it is.
 *
 * Between two prices with health on one side of 0 a crossing needs |health| to fall and rise again; it cannot when both
 * together exceed slope × distance. So an interval is halved until that, or one tick, is reached: complete wherever
 * health changes by at most `slope` USD per USD, taken as the larger of 2 × gross units held and 2 × the steepest
 * slope of the first look.
 *
 * @throws RangeError for a range that is empty or not on its ticks.
 */
export function liquidationBands(asked: AccountCase, symbol: string, range?: PriceRange): LiquidationBands {
  const priced = asked.snapshot.prices.find(each => each.symbol === symbol)
  const now = priced?.status === "ok" ? priced.price : null
  const searched = range ?? usualRange(now ?? price(ONE))
  const { from, to, tick } = searched
  if (from <= 0n || from >= to || from % tick !== 0n || to % tick !== 0n)
    throw new RangeError("a price range has ends on its ticks, 0 < from < to")
  const first = Number(from / tick)
  const last = Number(to / tick)
  const found = search(healthByTick(asked, symbol, tick), first, last, grossUnits(asked, symbol), tick)
  const outward = ({ from: low, to: high }: TickRun): PriceBand => ({
    from: price(BigInt(Math.max(first, low - 1)) * tick),
    to: price(BigInt(Math.min(last, high + 1)) * tick),
  })
  const bands = joined(found.bad.map(outward))
  return {
    symbol,
    price: now,
    range: searched,
    bands,
    undecided: found.undecided.map(({ from: low, to: high }) => ({
      from: price(BigInt(low) * tick),
      to: price(BigInt(high) * tick),
    })),
    nearestBelow: now === null ? null : nearest(bands, now, "below"),
    nearestAbove: now === null ? null : nearest(bands, now, "above"),
    repricings: found.repricings,
  }
}

/** Health in USD × 10^18 at a tick; a price at which no number can be given counts as the worst there is. */
function healthByTick(asked: AccountCase, symbol: string, tick: Price): (at: number) => bigint | null {
  return at => {
    const moved = withPrices(asked.snapshot, new Map([[symbol, price(BigInt(at) * tick)]]))
    return standingOf(recast(asked, moved))?.health ?? null
  }
}

function grossUnits({ account }: AccountCase, symbol: string): bigint {
  return account.legs.reduce((sum, leg) => {
    if (isPosition(leg)) return leg.instrument.underlying === symbol ? sum + abs(leg.quantity) : sum
    return leg.symbol === symbol ? sum + leg.amount : sum
  }, 0n)
}

/** Ticks from … to, both included. */
interface TickRun {
  readonly from: number
  readonly to: number
}

function search(health: (at: number) => bigint | null, first: number, last: number, gross: bigint, tick: Price) {
  const known = new Map<number, bigint | null>()
  const at = (position: number) => {
    const before = known.get(position)
    if (before !== undefined) return before
    const value = health(position)
    known.set(position, value)
    return value
  }
  const looks = firstLook(first, last)
  for (const position of looks) at(position)
  const perTick = slopePerTick(looks, known, gross, tick)

  const bad: TickRun[] = []
  const undecided: TickRun[] = []
  let open: TickRun[] = looks.slice(1).map((to, i) => ({ from: looks[i] ?? first, to }))
  const isBad = (value: bigint | null) => value === null || value < 0n
  // Level by level, so that what the budget leaves open is narrow everywhere rather than wide somewhere.
  while (open.length > 0) {
    const halves: TickRun[] = []
    for (const run of open) {
      const [a, b] = [at(run.from), at(run.to)]
      const width = run.to - run.from
      const oneSided = isBad(a) === isBad(b)
      // Between two prices without a number nothing better is supposed; beside one without, only a tick is certain.
      const certain =
        width <= 1 ||
        (a === null && b === null) ||
        (a !== null && b !== null && oneSided && abs(a) + abs(b) > perTick * BigInt(width))
      if (certain) {
        if (isBad(a)) bad.push({ from: run.from, to: oneSided ? run.to : run.from })
        else if (isBad(b)) bad.push({ from: run.to, to: run.to })
      } else if (known.size >= BUDGET) {
        undecided.push(run)
      } else {
        const middle = Math.floor((run.from + run.to) / 2)
        at(middle)
        halves.push({ from: run.from, to: middle }, { from: middle, to: run.to })
      }
    }
    open = halves
  }
  return { bad: ascending(bad), undecided: ascending(undecided), repricings: known.size }
}

const ascending = (runs: readonly TickRun[]) => [...runs].sort((a, b) => a.from - b.from)

function firstLook(first: number, last: number): number[] {
  const ratio = last / first
  const positions = Array.from({ length: FIRST_LOOK }, (_, i) => Math.round(first * ratio ** (i / (FIRST_LOOK - 1))))
  return [...new Set([first, ...positions.filter(each => each > first && each < last), last])]
}

function slopePerTick(
  looks: readonly number[],
  known: ReadonlyMap<number, bigint | null>,
  gross: bigint,
  tick: Price,
): bigint {
  const measured = looks.slice(1).map((to, i) => {
    const from = looks[i] ?? to
    const [a, b] = [known.get(from) ?? null, known.get(to) ?? null]
    return a === null || b === null ? 0n : divide(abs(b - a), BigInt(to - from), "up")
  })
  return maxOf(divide(2n * gross * tick, ONE, "up"), 2n * maxOf(0n, ...measured), 1n)
}

/** Bands that touch are one. */
function joined(bands: readonly PriceBand[]): PriceBand[] {
  const result: PriceBand[] = []
  for (const band of bands) {
    const before = result.at(-1)
    if (before && band.from <= before.to)
      result[result.length - 1] = { from: before.from, to: maxOf(before.to, band.to) }
    else result.push(band)
  }
  return result
}

function nearest(bands: readonly PriceBand[], now: Price, side: "below" | "above"): Price | null {
  if (bands.some(band => band.from <= now && now <= band.to)) return now
  const ends = side === "below" ? bands.map(band => band.to) : bands.map(band => band.from)
  const beyond = ends.filter(end => (side === "below" ? end < now : end > now))
  if (beyond.length === 0) return null
  return side === "below" ? maxOf(...(beyond as [Price])) : minOf(...(beyond as [Price]))
}
