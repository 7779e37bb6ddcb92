/**
 * The amounts that charges and floors are shares of, by risk unit: what is counted, how much of it, at which price.
 */
import { abs, divide, maxOf, ONE, type Price, type Quantity, quantity, type Usd, usd } from "../../domain/fixed.js"
import type { Book, BookMarket, HeldPosition } from "../../domain/margin-book.js"
import type { Measure, Methodology } from "../../domain/methodology.js"
import { collateralPrice } from "./book-groups.js"
import type { GroupRisk } from "./group-risk.js"
import type { UnitRisk } from "./unit-risk.js"

/** One thing counted: an expiry's options, a perpetual, a piece of collateral. */
export interface Measured {
  /** `null` for collateral that belongs to no unit. */
  readonly unit: UnitRisk | null
  readonly subject: string
  readonly group: GroupRisk | null
  /** Symbol of the collateral counted. */
  readonly collateral: string | null
  /** ≥ 0. */
  readonly amount: Quantity
  /** amount × price, USD, rounded up. */
  readonly notional: Usd
}

/** `at`: the unit's spot, or the instrument's own mark; collateral at mark counts in the account's cash. */
export function measured(
  measure: Measure,
  at: "spot" | "mark",
  book: Book,
  units: readonly UnitRisk[],
  market: BookMarket,
  method: Methodology,
): readonly Measured[] {
  if (measure === "collateral") return measuredCollateral(at, book, units, market, method)
  const all: Measured[] = []
  for (const unit of units)
    for (const group of unit.groups) {
      const amount = amountOf(measure, group)
      if (amount !== 0n) all.push(new MeasuredGroup(measure, at, unit, group, quantity(amount)))
    }
  return all
}

/** What many charges look at and few charge: its price and its name wait until one does. */
class MeasuredGroup implements Measured {
  readonly collateral = null
  readonly #measure: Measure
  readonly #at: "spot" | "mark"

  constructor(
    measure: Measure,
    at: "spot" | "mark",
    readonly unit: UnitRisk,
    readonly group: GroupRisk,
    readonly amount: Quantity,
  ) {
    this.#measure = measure
    this.#at = at
  }

  get subject(): string {
    const { unit, expiry } = { unit: this.unit.unit, expiry: this.group.expiry }
    return expiry === null ? `${unit} perpetual` : `${unit} ${this.#measure} ${expiry}`
  }

  get notional(): Usd {
    const { spot, perpetual } = this.unit.market
    const marked = this.#measure === "perpetuals" && this.#at === "mark"
    return notional(this.amount, marked ? (perpetual?.price ?? spot) : spot)
  }
}

function amountOf(measure: Exclude<Measure, "collateral">, { kind, positions }: GroupRisk): bigint {
  let amount = 0n
  if (measure === "perpetuals") {
    for (const each of positions) if (each.instrument.kind === "perpetual") amount += each.quantity
    return abs(amount)
  }
  if (kind !== "options") return amount
  if (measure === "nakedShortOptions") return nakedShort(positions)
  for (const { quantity: held } of positions)
    if (held < 0n) amount -= held
    else if (measure === "options") amount += held
  return amount
}

/** Per strike: a call held against a put sold covers it, and the reverse. */
function nakedShort(positions: readonly HeldPosition[]): bigint {
  const [only] = positions
  if (only && positions.length === 1) return maxOf<bigint>(0n, -only.quantity)
  const strikes = new Map<bigint, { call: bigint; put: bigint }>()
  for (const { instrument, quantity: held } of positions) {
    if (instrument.kind !== "option") continue
    const known = strikes.get(instrument.strike)
    const net = known ?? { call: 0n, put: 0n }
    if (instrument.right === "call") net.call += held
    else net.put += held
    if (!known) strikes.set(instrument.strike, net)
  }
  let naked = 0n
  for (const { call, put } of strikes.values()) {
    const opposite = call < 0n !== put < 0n
    naked += opposite ? maxOf(0n, -(call + put)) : maxOf(0n, -call) + maxOf(0n, -put)
  }
  return naked
}

function measuredCollateral(
  at: "spot" | "mark",
  book: Book,
  units: readonly UnitRisk[],
  market: BookMarket,
  method: Methodology,
): Measured[] {
  return book.collateral.map(held => {
    const unit = units.find(each => each.unit === method.collateral.get(held.symbol)?.scannedIn) ?? null
    const price = at === "spot" ? (unit?.market.spot ?? held.price) : collateralPrice(held, method, market)
    const subject = `${held.symbol} collateral`
    const value = notional(held.amount, price)
    return { unit, subject, group: null, collateral: held.symbol, amount: held.amount, notional: value }
  })
}

const notional = (amount: Quantity, price: Price): Usd => usd(divide(amount * price, ONE, "up"))
