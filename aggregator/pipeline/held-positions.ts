/**
 * Legs as the engine holds them: an option or future on the curve its venue quotes, F = spot · e^(rate · τ).
 */
import { toNumber } from "../domain/decimal.js"
import { UnpriceablePositionError } from "../domain/errors.js"
import { divide, maxOf, ONE, type Price, price, ratio, usd } from "../domain/fixed.js"
import { type Instrument, instrumentName } from "../domain/instrument.js"
import type { PositionLeg } from "../domain/leg.js"
import type { HeldPosition, NamedCurve } from "../domain/margin-book.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Market } from "./market.js"

const NOTHING = usd(0n)
const CERTAIN = ratio(ONE)
/** A forward a billion times the spot is a mistake in a rate. */
const LARGEST_GROWTH = 1e9
const SECONDS_PER_YEAR = 365 * 24 * 3600

interface Quoted {
  readonly venue: string
  readonly volatility: HeldPosition["volatility"]
  readonly curve: NamedCurve
}

/**
 * What an instrument is quoted at by its venue is looked up once, however many books hold it.
 *
 * @returns a function that throws UnpriceablePositionError for a rate out of range.
 */
export function holder(kernel: RiskKernel, market: Market): (leg: PositionLeg) => HeldPosition {
  const curves = new Map<string, NamedCurve>()
  const curveOf = (leg: Extract<PositionLeg, { kind: "option" | "future" }>): NamedCurve => {
    const { underlying, expiry } = leg.instrument
    const rate = maxOf(ratio(0n), leg.kind === "option" ? market.rate(leg) : ratio(0n))
    // What has expired and is not settled still moves with the spot: nobody knows yet at what it settles.
    const expired = expiry <= market.valuationTime
    const name = String(rate)
    const key = `${underlying} ${expiry} ${name}`
    const known = curves.get(key)
    if (known) return known
    const years = Math.max(0, expiry - market.valuationTime) / SECONDS_PER_YEAR
    const spot = market.spot(underlying) ?? price(0n)
    const growth = kernel.exp(toNumber(rate) * years)
    if (!(growth < LARGEST_GROWTH))
      throw new UnpriceablePositionError(instrumentName(leg.instrument), "RATE_OUT_OF_RANGE")
    const forward = grown(spot, growth)
    const certain = { forward: CERTAIN, rate: CERTAIN, volatility: CERTAIN }
    const curve = { name, market: { forward, fixed: expired ? price(0n) : null, rate, confidence: certain } }
    curves.set(key, curve)
    return curve
  }
  const quoted = new Map<Instrument, Quoted>()
  const quotedAs = (leg: Extract<PositionLeg, { kind: "option" | "future" }>): Quoted => {
    const known = quoted.get(leg.instrument)
    if (known?.venue === leg.venue) return known
    const volatility = (leg.kind === "option" && market.volatility(leg)) || ratio(0n)
    const quote = { venue: leg.venue, volatility, curve: curveOf(leg) }
    quoted.set(leg.instrument, quote)
    return quote
  }
  return leg => {
    const { instrument, quantity } = leg
    if (leg.kind === "perp") return { instrument, quantity, volatility: ratio(0n), unsettled: leg.unsettled }
    const { volatility, curve } = quotedAs(leg)
    const unsettled = leg.kind === "future" ? leg.unsettled : NOTHING
    return { instrument, quantity, volatility, unsettled, curve }
  }
}

/** The nearest price at 18 decimals: a forward is an estimate, not money. */
const grown = (spot: Price, by: number): Price => {
  const scale = 2 ** 52
  return by === 1 ? spot : price(divide(spot * BigInt(Math.round(by * scale)), BigInt(scale), "down"))
}
