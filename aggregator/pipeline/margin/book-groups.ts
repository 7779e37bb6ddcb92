/**
 * A book's positions and scanned collateral in groups that are valued together, in an order of their own: by unit, kind,
 * expiry and curve, and within a group as they stand in the table. Every distinct instrument is collected once.
 */
import { toNumber } from "../../domain/decimal.js"
import { UnsupportedByPolicyError } from "../../domain/errors.js"
import { abs, divide, ONE, type Price, price, type Ratio } from "../../domain/fixed.js"
import { type Instrument, instrumentName } from "../../domain/instrument.js"
import type {
  Book,
  BookMarket,
  HeldCollateral,
  HeldPosition,
  NamedCurve,
  UnitMarket,
} from "../../domain/margin-book.js"
import type { Methodology } from "../../domain/methodology.js"
import type { RiskKernel } from "../../domain/ports.js"
import { type ExpiryTerms, expiryTerms } from "./expiry-terms.js"
import type { Stressed } from "./stressed.js"

/** How much of one row of the table, and what cutting to whole lots has left over. */
export interface Holding {
  readonly stressed: Stressed
  /** Signed, × 10^18; of positions a multiple of the methodology's lot. */
  readonly quantity: bigint
  /** The same in lots: exact where it is whole and below 2^53, else the nearest double. */
  readonly lots: number
  readonly exact: boolean
  /** ≥ 0 */
  readonly remainder: bigint
}

/** Where an instrument is valued: with what shares unit, kind, expiry and curve. */
export interface GroupPlace {
  readonly unit: string
  readonly kind: "options" | "futures" | "undated"
  readonly expiry: number | null
  readonly terms: ExpiryTerms | null
  /** Groups of a book stand in the order of this. */
  readonly order: string
  /** Whether what it is worth after a scenario counts without a discount. */
  readonly isPlain: boolean
}

export interface Group {
  readonly place: GroupPlace
  readonly positions: readonly HeldPosition[]
  /** One a position, then one a piece of scanned collateral. */
  readonly held: readonly Holding[]
  /** Whether all that is held is a whole number of lots, each of which a double holds exactly. */
  readonly isWhole: boolean
}

class OpenGroup implements Group {
  readonly positions: HeldPosition[] = []
  readonly held: Holding[] = []
  isWhole = true

  constructor(readonly place: GroupPlace) {}

  add(holding: Holding): void {
    this.held.push(holding)
    this.isWhole &&= holding.exact && holding.remainder === 0n
  }
}

/** An instrument as one position quotes it, and what that makes of it. */
interface Listed {
  readonly volatility: Ratio
  readonly curve: NamedCurve | undefined
  readonly place: GroupPlace
  readonly stressed: Stressed
}

export interface Grouper {
  /** @throws UnsupportedByPolicyError naming what the methodology or the market lacks. */
  of(book: Book): readonly Group[]
  /** Everything that the books grouped so far hold, each at the place in this list that it names. */
  instruments(): readonly Stressed[]
}

export function grouper(kernel: RiskKernel, method: Methodology, market: BookMarket): Grouper {
  const known = new Map<string, Stressed>()
  const instruments: Stressed[] = []
  const terms = new Map<string, ExpiryTerms>()
  const places = new Map<string, GroupPlace>()
  const listed = new Map<Instrument, Listed>()

  const termsFor = ({ instrument, curve }: HeldPosition): ExpiryTerms | null => {
    if (!("expiry" in instrument)) return null
    const key = `${instrument.underlying} ${instrument.expiry} ${curve?.name ?? ""}`
    const found = terms.get(key) ?? expiryTerms(kernel, method, market, instrument, curve?.market)
    terms.set(key, found)
    return found
  }
  const placeFor = (unit: string, kind: GroupPlace["kind"], position: HeldPosition | null): GroupPlace => {
    const expiry = position && "expiry" in position.instrument ? position.instrument.expiry : null
    const order = `${unit} ${kind} ${expiry ?? ""} ${(expiry !== null && position?.curve?.name) || ""}`
    const known = places.get(order)
    if (known) return known
    const terms = position && termsFor(position)
    const isPlain = kind !== "options" || terms === null || (terms.ownedFactor === ONE && terms.owedFactor === ONE)
    const place = { unit, kind, expiry, terms, order, isPlain }
    places.set(order, place)
    return place
  }
  const once = (key: string, make: () => Omit<Stressed, "place">): Stressed => {
    const found = known.get(key)
    if (found) return found
    const made = { ...make(), place: instruments.length }
    known.set(key, made)
    instruments.push(made)
    return made
  }
  /** By the object first: a hundred thousand books hold a few hundred instruments. */
  const listingOf = (position: HeldPosition): Listed => {
    const { instrument, volatility, curve } = position
    const before = listed.get(instrument)
    if (before !== undefined && before.volatility === volatility && before.curve === curve) return before
    refuseStranger(instrument, method)
    const kind = instrument.kind === "option" ? "options" : instrument.kind === "future" ? "futures" : "undated"
    const place = placeFor(instrument.underlying, kind, position)
    const stressed = once(positionKey(position), () => stressedPosition(position, place.terms, method, market))
    const found = { volatility, curve, place, stressed }
    listed.set(instrument, found)
    return found
  }

  return {
    instruments: () => instruments,
    of(book) {
      const groups: OpenGroup[] = []
      for (const position of book.positions) {
        const { place, stressed } = listingOf(position)
        const group = groupAt(place, groups)
        group.positions.push(position)
        group.add(cutToLots(stressed, position.quantity, method.lot))
      }
      for (const each of book.collateral) {
        const unit = method.collateral.get(each.symbol)?.scannedIn
        if (!unit || each.amount === 0n) continue
        const key = `collateral ${each.symbol} ${each.price}`
        const stressed = once(key, () => stressedCollateral(key, each, unit, method, market))
        groupAt(placeFor(unit, "undated", null), groups).add(uncut(stressed, each.amount, method.lot))
      }
      return groups
    },
  }
}

/** Opens the group where its place is among the others. */
function groupAt(place: GroupPlace, groups: OpenGroup[]): OpenGroup {
  for (const each of groups) if (each.place === place) return each
  const opened = new OpenGroup(place)
  let at = groups.length
  groups.push(opened)
  for (; at > 0; at--) {
    const before = groups[at - 1]
    if (!before || before.place.order < place.order) break
    groups[at] = before
  }
  groups[at] = opened
  return opened
}

function cutToLots(stressed: Stressed, amount: bigint, lot: bigint): Holding {
  const whole = amount / lot
  const quantity = whole * lot
  const lots = Number(whole)
  const remainder = quantity === amount ? 0n : abs(amount - quantity)
  return { stressed, quantity, lots, exact: Number.isSafeInteger(lots), remainder }
}

/** Never cut: what one piece of collateral loses must stay below what it is worth, however small it is. */
function uncut(stressed: Stressed, amount: bigint, lot: bigint): Holding {
  const { quantity, lots, exact } = cutToLots(stressed, amount, lot)
  if (quantity === amount) return { stressed, quantity, lots, exact, remainder: 0n }
  return { stressed, quantity: amount, lots: Number(amount) / Number(lot), exact: false, remainder: 0n }
}

/** Whether positions in an underlying can be margined at all. */
export const hasParameters = (underlying: string, { underlyings, scanRanges }: Methodology): boolean =>
  (underlyings?.has(underlying) ?? true) && (scanRanges.size === 0 || scanRanges.has(underlying))

function refuseStranger(instrument: Instrument, method: Methodology): void {
  const { underlying } = instrument
  if (hasParameters(underlying, method)) return
  throw new UnsupportedByPolicyError(method.name, `${instrumentName(instrument)}: the underlying ${underlying}`)
}

/** An option is another instrument when its volatility or its curve is: two venues may quote one name differently. */
function positionKey({ instrument, volatility, curve }: HeldPosition): string {
  const { kind, underlying } = instrument
  if (instrument.kind === "option")
    return `${underlying} ${instrument.expiry} ${instrument.strike} ${instrument.right} ${volatility} ${curve?.name ?? ""}`
  return "expiry" in instrument ? `${underlying} ${instrument.expiry} ${curve?.name ?? ""}` : `${underlying} ${kind}`
}

export function unitMarket(market: BookMarket, unit: string, method: Methodology): UnitMarket {
  const found = market.units.get(unit)
  if (!found) throw new UnsupportedByPolicyError(method.name, `positions in ${unit} without a market`)
  return found
}

function stressedPosition(
  position: HeldPosition,
  terms: ExpiryTerms | null,
  method: Methodology,
  market: BookMarket,
): Omit<Stressed, "place"> {
  const { instrument } = position
  const { underlying } = instrument
  const name = instrumentName(instrument)
  const unit = unitMarket(market, underlying, method)
  const linear = (at: Price): Omit<Stressed, "place"> => ({
    key: positionKey(position),
    name,
    unit: underlying,
    kind: "linear",
    price: toNumber(method.settlement === "coin" ? unit.spot : at),
    strike: 0,
    volatility: 0,
    terms,
  })
  if (instrument.kind === "option") {
    return {
      ...linear(unit.spot),
      kind: instrument.right,
      price: toNumber(terms?.market.forward ?? unit.spot),
      strike: toNumber(instrument.strike),
      volatility: toNumber(position.volatility),
    }
  }
  if (instrument.kind === "future") return linear(terms?.market.forward ?? unit.spot)
  if (instrument.kind === "spot") return linear(unit.spot)
  if (!unit.perpetual) throw new UnsupportedByPolicyError(method.name, `${name}: the market has no price for it`)
  return linear(unit.perpetual.price)
}

function stressedCollateral(
  key: string,
  held: HeldCollateral,
  unit: string,
  method: Methodology,
  market: BookMarket,
): Omit<Stressed, "place"> {
  return {
    key,
    name: held.symbol,
    unit,
    kind: "linear",
    price: toNumber(collateralPrice(held, method, market)),
    strike: 0,
    volatility: 0,
    terms: null,
  }
}

/** In the account's cash: its price divided by that of the cash, where the methodology counts so; rounded down. */
export const collateralPrice = (
  held: HeldCollateral,
  { collateralIn }: Methodology,
  { cashPrice }: BookMarket,
): Price => (collateralIn === "usd" ? held.price : price(divide(held.price * ONE, cashPrice, "down")))
