/**
 * The amounts that charges and floors are shares of, by risk unit: what is counted, how much of it, at which price.
 */
import { abs, divide, maxOf, ONE, type Price, type Quantity, quantity, type Usd, usd } from "../../domain/fixed.js"
import type { Book, BookMarket, HeldPosition, UnitMarket } from "../../domain/margin-book.js"
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
): Measured[] {
  if (measure === "collateral") return measuredCollateral(at, book, units, market, method)
  return units.flatMap(unit =>
    unit.groups.flatMap((group): Measured[] => {
      const { amount, price } = counted(measure, group, unit.market, at)
      if (amount === 0n) return []
      const subject = group.expiry === null ? `${unit.unit} perpetual` : `${unit.unit} ${measure} ${group.expiry}`
      return [{ unit, subject, group, collateral: null, amount, notional: notional(amount, price) }]
    }),
  )
}

function counted(measure: Exclude<Measure, "collateral">, group: GroupRisk, market: UnitMarket, at: "spot" | "mark") {
  if (measure === "perpetuals") {
    const amount = group.positions
      .filter(each => each.instrument.kind === "perpetual")
      .reduce((sum, each) => sum + each.quantity, 0n)
    return {
      amount: quantity(abs(amount)),
      price: at === "mark" ? (market.perpetual?.price ?? market.spot) : market.spot,
    }
  }
  if (group.kind !== "options") return { amount: quantity(0n), price: market.spot }
  const amounts = { options: gross, shortOptions: short, nakedShortOptions: nakedShort }
  return { amount: amounts[measure](group.positions), price: market.spot }
}

const gross = (positions: readonly HeldPosition[]): Quantity =>
  quantity(positions.reduce((sum, each) => sum + abs(each.quantity), 0n))

const short = (positions: readonly HeldPosition[]): Quantity =>
  quantity(positions.reduce((sum, each) => sum + maxOf(0n, -each.quantity), 0n))

/** Per strike: a call held against a put sold covers it, and the reverse. */
function nakedShort(positions: readonly HeldPosition[]): Quantity {
  const strikes = new Map<bigint, { call: bigint; put: bigint }>()
  for (const { instrument, quantity: held } of positions) {
    if (instrument.kind !== "option") continue
    const net = strikes.get(instrument.strike) ?? { call: 0n, put: 0n }
    strikes.set(instrument.strike, { ...net, [instrument.right]: net[instrument.right] + held })
  }
  const naked = ({ call, put }: { call: bigint; put: bigint }) => {
    const opposite = call < 0n !== put < 0n
    return opposite ? maxOf(0n, -(call + put)) : maxOf(0n, -call) + maxOf(0n, -put)
  }
  return quantity([...strikes.values()].reduce((sum, net) => sum + naked(net), 0n))
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
