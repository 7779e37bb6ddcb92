/**
 * The least an owner has to bring to restore margin: which asset, on which chain, or which debt to repay, gas included.
 */
import { type ChainId, splitAddress } from "../domain/caip.js"
import { type ExecutionCosts, rowOf } from "../domain/execution-costs.js"
import {
  divide,
  maxOf,
  minOf,
  ONE,
  type Price,
  type Quantity,
  quantity,
  type Usd,
  usd,
  valueUp,
} from "../domain/fixed.js"
import type { MarginFigures } from "../domain/health.js"
import type { CollateralLeg, DebtLeg, Leg } from "../domain/leg.js"
import type { Snapshot } from "../domain/snapshot.js"
import { type AccountCase, healthOf, standingOfEach, withLegs } from "./account-case.js"

export type MarginTarget = "maintenance" | "liquidationEnd" | "initial"

/** Where an owner could put something: the place and asset of the leg, its amount left open. */
export type Offer =
  | { readonly kind: "deposit"; readonly leg: CollateralLeg }
  | { readonly kind: "repay"; readonly leg: DebtLeg }

export interface TopUp {
  readonly offer: Offer
  /** Whole millionths of a unit. */
  readonly amount: Quantity
  /** amount × price, rounded up. */
  readonly capital: Usd
  readonly gas: Usd
}

export type TopUpPlan =
  | { readonly status: "unavailable" }
  | { readonly status: "none-needed" }
  /** Nothing on offer restores the margin. */
  | { readonly status: "insufficient" }
  | {
      readonly status: "planned"
      readonly steps: readonly TopUp[]
      /** Σ capital + gas of the steps. */
      readonly total: Usd
      readonly after: MarginFigures
    }

const MILLIONTH = ONE / 1_000_000n
/** The deficit is first filled in so many parts, each where it costs least. */
const PARTS = 24n
/** Enough for assets that count an eighth of their value. */
const MOST_ROUNDS = 8 * Number(PARTS)
/** An asset of which this multiple of the deficit does not suffice counts next to nothing. */
const WORTHLESS = 64n

/**
 * What the account could bring: any asset that somebody holds as collateral on a chain where the account has an address
 * (a supposed portfolio: its own), and every debt of its own.
 */
export function usualOffers(snapshot: Snapshot, { account }: AccountCase): Offer[] {
  const chains = new Set<ChainId>(account.addresses.map(each => splitAddress(each).chain))
  const known = snapshot.accounts.flatMap(each => each.legs).filter(leg => chains.has(leg.chain))
  const deposits = new Map<string, Offer>()
  for (const leg of [...account.legs, ...known]) {
    if (leg.kind !== "collateral") continue
    const place = `${leg.chain} ${leg.venue} ${leg.asset}`
    if (!deposits.has(place)) deposits.set(place, { kind: "deposit", leg: { ...leg, amount: quantity(0n) } })
  }
  const repays = account.legs.flatMap((leg): Offer[] =>
    leg.kind === "debt" && leg.amount > 0n ? [{ kind: "repay", leg }] : [],
  )
  return [...deposits.values(), ...repays]
}

/**
 * Plans the top-up by the full margin of every book looked at: haircuts, tiers and staleness are those of the pipeline.
 *
 * Each offer is tried alone with the least amount that suffices, and all together, part by part where a part takes most
 * off the deficit for its capital and gas; the plan of least capital and gas is kept. Nothing below a chain's minimum
 * is moved.
 */
export function planTopUp(
  asked: AccountCase,
  offers: readonly Offer[],
  costs: ExecutionCosts,
  target: MarginTarget = "liquidationEnd",
): TopUpPlan {
  const { figures } = healthOf(asked)
  if (!figures) return { status: "unavailable" }
  const missing = deficitOf(figures, target)
  if (missing <= 0n) return { status: "none-needed" }
  const usable = offers.flatMap(offer => rowFor(offer, asked, costs) ?? [])
  const filling = new Filling(asked, usable, target)
  const plans = [...usable.map((_, i) => filling.alone(i, missing)), filling.together(missing)]
  const [best] = plans
    .flatMap(amounts => (amounts ? [{ amounts, total: filling.totalOf(amounts) }] : []))
    .sort((a, b) => (a.total < b.total ? -1 : a.total > b.total ? 1 : 0))
  const after = best && healthOf(withLegs(asked, filling.legsWith(best.amounts))).figures
  if (!after) return { status: "insufficient" }
  return {
    status: "planned",
    steps: usable.flatMap((row, i): TopUp[] => {
      const amount = best.amounts[i] ?? 0n
      const { offer, price, gas } = row
      return amount > 0n ? [{ offer, amount: quantity(amount), capital: valueUp(quantity(amount), price), gas }] : []
    }),
    total: best.total,
    after,
  }
}

const TARGETS = {
  maintenance: "maintenanceMargin",
  liquidationEnd: "liquidationEndMargin",
  initial: "initialMargin",
} as const

const deficitOf = (figures: MarginFigures, target: MarginTarget): bigint => figures[TARGETS[target]] - figures.equity

interface Row {
  readonly offer: Offer
  readonly price: Price
  readonly gas: Usd
  /** Least amount worth moving, and the most there is use for; `null` for no limit. */
  readonly least: bigint
  readonly most: bigint | null
}

function rowFor(offer: Offer, { snapshot }: AccountCase, costs: ExecutionCosts): Row | undefined {
  const { chain, symbol, amount } = offer.leg
  const state = snapshot.chains.find(each => each.chain === chain)
  const priced = snapshot.prices.find(each => each.symbol === symbol)
  if (state?.status !== "ok" || priced?.status !== "ok") return undefined
  const { gas, minimum } = rowOf(costs.chains, chain, chain.slice(0, chain.indexOf(":")))
  const most = offer.kind === "repay" ? amount : null
  const least = upToMillionth(divide(minimum * ONE, priced.price, "up"))
  // A debt smaller than the minimum may still be repaid whole.
  return { offer, price: priced.price, gas, most, least: most === null ? least : minOf(least, most) }
}

const upToMillionth = (amount: bigint): bigint => divide(amount, MILLIONTH, "up") * MILLIONTH

/** Amounts by offer, in the order of the rows. */
type Amounts = readonly bigint[]

class Filling {
  constructor(
    readonly asked: AccountCase,
    readonly rows: readonly Row[],
    readonly target: MarginTarget,
  ) {}

  totalOf(amounts: Amounts): Usd {
    return usd(
      this.rows.reduce((sum, { price, gas }, i) => {
        const amount = amounts[i] ?? 0n
        return amount > 0n ? sum + valueUp(quantity(amount), price) + gas : sum
      }, 0n),
    )
  }

  #standingOf(tried: readonly Amounts[]): readonly (MarginFigures | null)[] {
    return standingOfEach(
      this.asked,
      tried.map(amounts => this.legsWith(amounts)),
    )
  }

  /** The least amount of one offer that suffices, by halving; `null` when no amount of it does. */
  alone(i: number, missing: bigint): Amounts | null {
    const row = this.rows[i]
    if (!row) return null
    const nothing = this.rows.map(() => 0n)
    const limit = divide(missing * WORTHLESS * ONE, row.price, "up") + row.least
    const most = row.most ?? upToMillionth(limit)
    return this.#fewest(nothing, i, most)
  }

  /** All offers at once: part by part where it costs least, then each cut to the least that suffices. */
  together(missing: bigint): Amounts | null {
    let amounts: Amounts = this.rows.map(() => 0n)
    let left = missing
    const used = new Set<number>()
    for (let round = 0; left > 0n; round++) {
      const options = this.rows.flatMap((row, i) => this.#withPart(amounts, i, row, missing))
      const figures = this.#standingOf(options.map(each => each.amounts))
      const relief = options.flatMap((option, k) => {
        const now = figures[k]
        const cost = this.totalOf(option.amounts) - this.totalOf(amounts)
        return now ? [{ ...option, cost, relief: left - deficitOf(now, this.target) }] : []
      })
      const [best] = relief.filter(each => each.relief > 0n).sort((a, b) => sign(b.relief * a.cost - a.relief * b.cost))
      if (!best || round >= MOST_ROUNDS) return null
      amounts = best.amounts
      left -= best.relief
      used.add(best.i)
    }
    // What was begun last is counted worst, so it gives way first.
    return [...used].reverse().reduce((now, i) => this.#fewest(now, i, now[i] ?? 0n) ?? now, amounts)
  }

  #withPart(amounts: Amounts, i: number, row: Row, missing: bigint): { i: number; amounts: Amounts }[] {
    const before = amounts[i] ?? 0n
    const part = upToMillionth(divide(missing * ONE, row.price * PARTS, "up"))
    const wanted = maxOf(before + part, row.least)
    const amount = row.most === null ? wanted : minOf(wanted, row.most)
    return amount > before ? [{ i, amounts: amounts.with(i, amount) }] : []
  }

  /** The fewest millionths of one offer, none at all or at least its minimum, that suffice beside the others. */
  #fewest(amounts: Amounts, i: number, most: bigint): Amounts | null {
    const suffices = (amount: bigint) => {
      const [figures] = this.#standingOf([amounts.with(i, amount)])
      return figures != null && deficitOf(figures, this.target) <= 0n
    }
    const least = this.rows[i]?.least ?? 0n
    if (suffices(0n)) return amounts.with(i, 0n)
    if (most < least || !suffices(most)) return null
    if (suffices(least)) return amounts.with(i, least)
    let [tooFew, enough] = [least / MILLIONTH, divide(most, MILLIONTH, "up")]
    while (enough - tooFew > 1n) {
      const middle = (enough + tooFew) / 2n
      if (suffices(middle * MILLIONTH)) enough = middle
      else tooFew = middle
    }
    return amounts.with(i, minOf(enough * MILLIONTH, most))
  }

  legsWith(amounts: Amounts): Leg[] {
    const { legs } = this.asked.account
    const repaid = new Map<Leg, bigint>()
    const deposited: Leg[] = []
    this.rows.forEach(({ offer }, i) => {
      const amount = amounts[i] ?? 0n
      if (amount === 0n) return
      if (offer.kind === "repay") repaid.set(offer.leg, amount)
      else deposited.push({ ...offer.leg, amount: quantity(amount) })
    })
    const kept = legs.map((leg): Leg => {
      const amount = repaid.get(leg)
      return amount === undefined || leg.kind !== "debt" ? leg : { ...leg, amount: quantity(leg.amount - amount) }
    })
    return [...kept, ...deposited]
  }
}

const sign = (value: bigint): number => (value > 0n ? 1 : value < 0n ? -1 : 0)
