/**
 * One price a symbol from many sources: bad observations are rejected with a reason, the median of the rest counts.
 */

import { formatDecimal } from "../domain/decimal.js"
import { abs, divide, maxOf, ONE, type Price, price } from "../domain/fixed.js"
import type { PriceRules } from "../domain/policy.js"
import type { PriceObservation } from "../domain/reading.js"
import type { MarketPrice, RejectedPrice } from "../domain/snapshot.js"

/** The last price accepted for a symbol: what the velocity bound is measured from. */
export interface AcceptedPrice {
  readonly price: Price
  readonly publishTime: number
}

export interface PriceContext {
  readonly rules: PriceRules
  readonly valuationTime: number
  readonly lastAccepted: ReadonlyMap<string, AcceptedPrice>
}

type RejectionCode = RejectedPrice["code"]

/** Clocks of chains differ a little; a source dated further ahead than this is not believed. */
const CLOCK_SKEW_SECONDS = 60

/**
 * Combines observations into one market price a symbol, sorted by symbol.
 * The price is the median (of an even count: the mean of the middle two, rounded down); its confidence is the widest
 * of the accepted confidences and distances from the median, so disagreement widens it.
 */
export function combinePrices(observations: readonly PriceObservation[], context: PriceContext): MarketPrice[] {
  const symbols = [...new Set(observations.map(each => each.symbol))].sort()
  return symbols.map(symbol =>
    combine(
      symbol,
      observations.filter(each => each.symbol === symbol),
      context,
    ),
  )
}

function combine(symbol: string, observations: readonly PriceObservation[], context: PriceContext): MarketPrice {
  const rejected: RejectedPrice[] = []
  const reject = (code: RejectionCode, detail: string) => (each: PriceObservation) => {
    rejected.push({ source: each.source, code, detail })
  }
  const sound = observations.filter(each => {
    const fault = defect(each, context)
    if (fault) reject(fault.code, fault.detail)(each)
    return !fault
  })
  if (sound.length === 0) return { status: "unavailable", symbol, rejected }

  const middle = median(sound.map(each => each.price))
  const allowed = (middle * context.rules.maxDeviation) / ONE
  const agreeing = sound.filter(each => {
    const near = abs(each.price - middle) <= allowed
    if (!near)
      reject("PRICE_DEVIATES", `${formatDecimal(each.price)} is too far from the median ${formatDecimal(middle)}`)(each)
    return near
  })
  if (agreeing.length === 0) return { status: "unavailable", symbol, rejected }

  const combined = median(agreeing.map(each => each.price))
  const publishTime = Math.min(...agreeing.map(each => each.publishTime))
  const jump = tooFast(symbol, combined, publishTime, context)
  if (jump) {
    agreeing.forEach(reject("PRICE_VELOCITY", jump))
    return { status: "unavailable", symbol, rejected }
  }
  const widths = agreeing.flatMap(each => [each.confidence, price(abs(each.price - combined))])
  const sources = agreeing.map(each => each.source).sort()
  return {
    status: "ok",
    symbol,
    price: combined,
    confidence: maxOf(price(0n), ...widths),
    publishTime,
    sources,
    rejected,
  }
}

function defect(
  each: PriceObservation,
  { rules, valuationTime }: PriceContext,
): { code: RejectionCode; detail: string } | undefined {
  if (each.doubt) return each.doubt
  if (each.price <= 0n) return { code: "PRICE_INVALID", detail: `${formatDecimal(each.price)} is not a price` }
  if (each.confidence < 0n) return { code: "PRICE_INVALID", detail: "its confidence is negative" }
  const age = valuationTime - each.publishTime
  if (age > rules.maxAge) return { code: "PRICE_STALE", detail: `${age} s old, ${rules.maxAge} s allowed` }
  if (age < -CLOCK_SKEW_SECONDS) return { code: "PRICE_INVALID", detail: `dated ${-age} s ahead of the pinned blocks` }
  if (each.confidence * ONE > each.price * rules.maxConfidence) {
    return { code: "PRICE_WIDE", detail: `± ${formatDecimal(each.confidence)} on ${formatDecimal(each.price)}` }
  }
  return undefined
}

function tooFast(
  symbol: string,
  next: Price,
  publishTime: number,
  { rules, lastAccepted }: PriceContext,
): string | undefined {
  const last = lastAccepted.get(symbol)
  if (!last) return undefined
  // Sources tick more than once a minute: the bound for one minute is the least that is ever allowed.
  const seconds = BigInt(Math.max(60, publishTime - last.publishTime))
  const allowed = divide(last.price * rules.maxMovePerMinute * seconds, ONE * 60n, "down")
  if (abs(next - last.price) <= allowed) return undefined
  return `moved from ${formatDecimal(last.price)} to ${formatDecimal(next)} within ${seconds} s`
}

function median(prices: readonly Price[]): Price {
  const sorted = [...prices].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const upper = sorted[sorted.length >> 1] ?? price(0n)
  const lower = sorted[(sorted.length - 1) >> 1] ?? upper
  return price(divide(lower + upper, 2n, "down"))
}
