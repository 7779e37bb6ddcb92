/**
 * The cheapest set of partial closes that restores the liquidation-end margin: where a liquidation may stop.
 */
import type { ExecutionCosts } from "../domain/execution-costs.js"
import { minOf, type Usd, usd } from "../domain/fixed.js"
import type { MarginFigures } from "../domain/health.js"
import { type AccountCase, healthOf, standingOfEach, withLegs } from "./account-case.js"
import { type Closing, closingsOf, type Outcome, outcomeOf, WHOLE } from "./closings.js"

export interface PlannedClosing {
  readonly closing: Closing
  /** 1 … WHOLE thousandths. */
  readonly part: number
  readonly cost: Usd
}

export type LiquidationPlan =
  /** No figures: nothing can be said to restore. */
  | { readonly status: "unavailable" }
  /** Equity covers the liquidation-end margin already. */
  | { readonly status: "none-needed" }
  /** Closing does not restore it: `shortfall` is what the best that was found is still short of, USD > 0. */
  | { readonly status: "insufficient"; readonly shortfall: Usd }
  | {
      readonly status: "planned"
      readonly steps: readonly PlannedClosing[]
      /** USD, Σ of the steps' costs. */
      readonly cost: Usd
      /** What closing the largest first would cost, the last cut to thousandths; `null` when that does not restore. Never below `cost`. */
      readonly largestFirstCost: Usd | null
      /** equity + cash − liquidation-end margin when done, ≥ 0. */
      readonly surplus: Usd
      /** Figures of what is left; the cash of the closes is not among them. */
      readonly after: MarginFigures | null
    }

/** Sizes first tried: quarters. The plan found is then cut down to thousandths. */
const QUARTER = WHOLE / 4
/** Up to so many combinations of quarters are looked through in order of cost, so that the first that restores is the cheapest. */
const EXHAUSTIVE = 5 ** 5
const BATCH = 64

interface Candidate {
  readonly parts: readonly number[]
  readonly outcome: Outcome
  /** Liquidation-end margin − equity − cash: restored at ≤ 0. */
  readonly deficit: bigint
}

/**
 * Plans the liquidation of an account by the full margin of every book looked at.
 *
 * Small books: the cheapest combination of quarters there is. Larger ones: the closing that takes most off the deficit for
 * its cost, again and again, then exchanged and given back where that is cheaper. Never dearer than closing the
 * largest first in the same sizes, since that plan is among those compared. Costs are those of `trading-cost.ts`.
 */
export function planLiquidation(asked: AccountCase, costs: ExecutionCosts): LiquidationPlan {
  const health = healthOf(asked)
  if (!health.figures) return { status: "unavailable" }
  const closings = closingsOf(asked, health.breakdown, costs)
  const search = new Search(asked, closings)
  const start = search.candidate(closings.map(() => 0))
  if (!start) return { status: "unavailable" }
  if (start.deficit <= 0n) return { status: "none-needed" }

  const found = 5 ** closings.length <= EXHAUSTIVE ? search.cheapestOfAll() : search.greedy(start)
  const naive = search.largestFirst(start)
  const restored = [found, naive].flatMap(each => (each && each.deficit <= 0n ? [search.cutDown(each)] : []))
  const [best] = restored.sort((a, b) => compare(a.outcome.cost, b.outcome.cost))
  if (!best) return { status: "insufficient", shortfall: usd(minOf(...search.deficits())) }
  return {
    status: "planned",
    steps: best.parts.flatMap((part, i): PlannedClosing[] => {
      const closing = closings[i]
      return closing && part > 0 ? [{ closing, part, cost: closing.effect(part).cost }] : []
    }),
    cost: best.outcome.cost,
    largestFirstCost: naive && naive.deficit <= 0n ? naive.outcome.cost : null,
    surplus: usd(-best.deficit),
    after: healthOf(withLegs(asked, best.outcome.legs)).figures,
  }
}

const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)

/** The books that were looked at, each assessed once. */
class Search {
  readonly #known = new Map<string, Candidate | null>()

  constructor(
    readonly asked: AccountCase,
    readonly closings: readonly Closing[],
  ) {}

  deficits(): [bigint, ...bigint[]] {
    return [...this.#known.values()].flatMap(each => (each ? [each.deficit] : [])) as [bigint, ...bigint[]]
  }

  candidate(parts: readonly number[]): Candidate | null {
    return this.candidates([parts])[0] ?? null
  }

  /** In one pass of the kernel; `null` for what cannot be done or has no margin. */
  candidates(wanted: readonly (readonly number[])[]): (Candidate | null)[] {
    const fresh = wanted.flatMap(parts => {
      if (this.#known.has(parts.join())) return []
      const outcome = outcomeOf(this.asked, this.closings, parts)
      this.#known.set(parts.join(), null)
      return outcome ? [{ parts, outcome }] : []
    })
    const standings: readonly (MarginFigures | null)[] =
      fresh.length > 0
        ? standingOfEach(
            this.asked,
            fresh.map(({ outcome }) => outcome.legs),
          )
        : []
    for (const [i, { parts, outcome }] of fresh.entries()) {
      const standing = standings[i]
      if (!standing) continue
      const deficit = standing.liquidationEndMargin - standing.equity - outcome.cash
      this.#known.set(parts.join(), { parts, outcome, deficit })
    }
    return wanted.map(parts => this.#known.get(parts.join()) ?? null)
  }

  /** Every combination of quarters in order of its cost: the first that restores. */
  cheapestOfAll(): Candidate | null {
    let combinations: number[][] = [[]]
    for (const _ of this.closings)
      combinations = combinations.flatMap(before => [0, 1, 2, 3, 4].map(quarters => [...before, quarters * QUARTER]))
    const priced = combinations.flatMap(parts => {
      const outcome = outcomeOf(this.asked, this.closings, parts)
      return outcome ? [{ parts, cost: outcome.cost }] : []
    })
    priced.sort((a, b) => compare(a.cost, b.cost))
    for (let start = 0; start < priced.length; start += BATCH) {
      const batch = this.candidates(priced.slice(start, start + BATCH).map(each => each.parts))
      const first = batch.find(each => each && each.deficit <= 0n)
      if (first) return first
    }
    return null
  }

  /** Quarter by quarter where a dollar of cost takes most off the deficit, then improved by exchanges. */
  greedy(start: Candidate): Candidate | null {
    let now = start
    while (now.deficit > 0n) {
      const next = this.#better(now, this.#grown(now)) ?? this.#better(now, this.#grownTogether(now))
      if (!next) return null
      now = next
    }
    for (;;) {
      const cheaper = this.#restoring(this.#exchanged(now)).find(each => each.outcome.cost < now.outcome.cost)
      if (!cheaper) return now
      now = cheaper
    }
  }

  /** Of these, the one with the most relief per dollar of added cost; `undefined` when none relieves. */
  #better(now: Candidate, options: readonly (Candidate | null)[]): Candidate | undefined {
    const relieving = options.filter((each): each is Candidate => each !== null && each.deficit < now.deficit)
    const [best] = relieving.sort((a, b) => {
      const [relief, other] = [now.deficit - a.deficit, now.deficit - b.deficit]
      const [cost, otherCost] = [a.outcome.cost - now.outcome.cost, b.outcome.cost - now.outcome.cost]
      return compare(other * cost, relief * otherCost)
    })
    return best
  }

  #grown({ parts }: Candidate): (Candidate | null)[] {
    return this.candidates(parts.flatMap((part, i) => (part < WHOLE ? [parts.with(i, grow(part))] : [])))
  }

  /** Where no single closing helps, two may: the two sides of a straddle share one worst case. */
  #grownTogether({ parts }: Candidate): (Candidate | null)[] {
    const open = parts.flatMap((part, i) => (part < WHOLE ? [i] : []))
    const pairs = open.flatMap((i, at) => open.slice(at + 1).map(j => [i, j] as const))
    const grown = (i: number) => grow(parts[i] ?? 0)
    return this.candidates([...pairs.map(([i, j]) => parts.with(i, grown(i)).with(j, grown(j))), parts.map(grow)])
  }

  /** A quarter less of one closing, alone or with a quarter more of another. */
  #exchanged({ parts }: Candidate): (Candidate | null)[] {
    const less = parts.flatMap((part, i) => (part > 0 ? [parts.with(i, Math.max(0, part - QUARTER))] : []))
    const other = less.flatMap(cut => cut.flatMap((part, j) => (part < WHOLE ? [cut.with(j, grow(part))] : [])))
    return this.candidates([...less, ...other])
  }

  #restoring(options: readonly (Candidate | null)[]): Candidate[] {
    const found = options.filter((each): each is Candidate => each !== null && each.deficit <= 0n)
    return found.sort((a, b) => compare(a.outcome.cost, b.outcome.cost))
  }

  /** The plan of somebody who does not ask: the largest first, each in full, the last in the quarters it takes. */
  largestFirst(start: Candidate): Candidate | null {
    const order = this.closings.map((_, i) => i).sort((a, b) => compare(this.#size(b), this.#size(a)))
    let { parts } = start
    for (const i of order) {
      const tried = this.candidates([1, 2, 3, 4].map(quarters => parts.with(i, quarters * QUARTER)))
      const enough = tried.find(each => each && each.deficit <= 0n)
      if (enough) return this.#fewest(enough, i)
      // Closings that share a leg may not go in full beside each other.
      if (tried[3]) parts = tried[3].parts
    }
    return null
  }

  #size(i: number): bigint {
    return this.closings[i]?.size ?? 0n
  }

  /** The dearest closing first, each cut to the fewest thousandths that still restore, the others as they are. */
  cutDown(from: Candidate): Candidate {
    const costOf = (i: number) => this.closings[i]?.effect(from.parts[i] ?? 0).cost ?? 0n
    const order = from.parts.map((_, i) => i).sort((a, b) => compare(costOf(b), costOf(a)))
    return order.reduce((best, i) => this.#fewest(best, i), from)
  }

  /** The fewest thousandths of one closing that still restore, by halving. */
  #fewest(from: Candidate, i: number): Candidate {
    let best = from
    let [tooFew, enough] = [-1, from.parts[i] ?? 0]
    while (enough - tooFew > 1) {
      const middle = Math.floor((enough + tooFew) / 2)
      const tried = this.candidate(best.parts.with(i, middle))
      if (tried && tried.deficit <= 0n && tried.outcome.cost <= best.outcome.cost) {
        best = tried
        enough = middle
      } else tooFew = middle
    }
    return best
  }
}

const grow = (part: number) => Math.min(WHOLE, part + QUARTER)
