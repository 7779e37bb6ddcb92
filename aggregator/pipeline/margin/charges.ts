/**
 * Contingencies: each charge of a methodology as named lines, so that every dollar of margin has an origin.
 * Every amount is rounded up.
 */
import { toNumber } from "../../domain/decimal.js"
import { abs, divide, maxOf, minOf, ONE, type Ratio, ratio, type Usd, usd } from "../../domain/fixed.js"
import type { ChargeLine } from "../../domain/health.js"
import type { Book, BookMarket } from "../../domain/margin-book.js"
import type {
  CalendarCharge,
  Charge,
  ConfidenceCharge,
  ConfidenceSource,
  DeltaLiquidityCharge,
  DepegCharge,
  Methodology,
  NotionalCharge,
  Rates,
  RollCharge,
  SettlementLossCharge,
  ThresholdName,
} from "../../domain/methodology.js"
import { ratioFrom } from "./double.js"
import type { ExpiryTerms } from "./expiry-terms.js"
import { type Measured, measured } from "./measure.js"
import { onceEach } from "./once-each.js"
import { settlementLossMargin } from "./settlement-loss.js"
import type { UnitRisk } from "./unit-risk.js"

export interface MethodologyLine extends ChargeLine {
  /** Multiplied by the loss factor together with the scanning loss. */
  readonly scaled: boolean
}

/** A book and what its risk and market are. */
export interface Charged {
  readonly book: Book
  readonly units: readonly UnitRisk[]
  readonly market: BookMarket
  readonly method: Methodology
}

/** All lines of all charges but `basis`, which is a candidate for the worst scenario instead. */
export function chargeLines(charged: Charged): MethodologyLine[] {
  const lines: MethodologyLine[] = []
  for (const charge of charged.method.charges) for (const each of linesOf(charge, charged)) lines.push(each)
  return lines
}

function linesOf(charge: Charge, charged: Charged): MethodologyLine[] {
  switch (charge.kind) {
    case "notional":
      return notionalLines(charge, charged)
    case "confidence":
      return confidenceLines(charge, charged)
    case "depeg":
      return depegLines(charge, charged)
    case "roll":
      return rollLines(charge, charged)
    case "deltaLiquidity":
      return deltaLiquidityLines(charge, charged)
    case "settlementLoss":
      return settlementLines(charge, charged)
    case "calendar":
      return calendarLines(charge, charged)
    case "reserved":
      return [line(charge.name, null, "open orders", charged.book.reserved, charge.rates)]
    case "basis":
      return []
  }
}

export const eachThreshold = (amount: (threshold: ThresholdName) => Usd): Record<ThresholdName, Usd> => ({
  maintenance: amount("maintenance"),
  liquidationEnd: amount("liquidationEnd"),
  initial: amount("initial"),
})

function line(
  name: string,
  unit: string | null,
  subject: string,
  notional: Usd,
  rates: Rates,
  scaled = false,
): MethodologyLine {
  return { name, unit, subject, amounts: amountsOf(notional, rates), scaled }
}

const amountsOf = (notional: Usd, rates: Rates) =>
  eachThreshold(threshold => usd(divide(notional * rates[threshold], ONE, "up")))

/** What it is called waits until somebody reads it. */
class MeasuredLine implements MethodologyLine {
  readonly amounts: MethodologyLine["amounts"]
  readonly #measured: Measured

  constructor(
    measured: Measured,
    readonly name: string,
    rates: Rates,
    readonly scaled = false,
  ) {
    this.amounts = amountsOf(measured.notional, rates)
    this.#measured = measured
  }

  get unit(): string | null {
    return this.#measured.unit?.unit ?? null
  }

  get subject(): string {
    return this.#measured.subject
  }
}

function* measure(of: NotionalCharge["of"], at: "spot" | "mark", { book, units, market, method }: Charged) {
  for (const each of of) yield* measured(each, at, book, units, market, method)
}

function notionalLines(charge: NotionalCharge, charged: Charged): MethodologyLine[] {
  const lines: MethodologyLine[] = []
  for (const each of measure(charge.of, charge.at, charged))
    lines.push(new MeasuredLine(each, charge.name, charge.rates, charge.scaled))
  return lines
}

function confidenceLines(charge: ConfidenceCharge, charged: Charged): MethodologyLine[] {
  const lines: MethodologyLine[] = []
  for (const each of measure([charge.of], charge.at, charged)) {
    let confidence = ratio(ONE)
    for (const source of charge.sources)
      for (const one of confidenceOf(source, each, charged)) confidence = minOf(confidence, one)
    if (confidence >= charge.threshold) continue
    const rates = eachRate(threshold => divide((ONE - confidence) * charge.rates[threshold], ONE, "up"))
    lines.push(new MeasuredLine(each, charge.name, rates))
  }
  return lines
}

const eachRate = (rate: (threshold: ThresholdName) => bigint): Rates => ({
  maintenance: ratio(rate("maintenance")),
  liquidationEnd: ratio(rate("liquidationEnd")),
  initial: ratio(rate("initial")),
})

/** What is not there has no confidence to lack: a perpetual's counts only for who holds one. */
function confidenceOf(source: ConfidenceSource, { unit, group, collateral }: Measured, charged: Charged): Ratio[] {
  const about = unit ?? charged.units[0]
  const terms = group?.terms
  switch (source) {
    case "spot":
      return spotConfidence(about, charged)
    case "perpetual": {
      const held = about?.groups.some(each => each.positions.some(({ instrument }) => instrument.kind === "perpetual"))
      return held && about?.market.perpetual ? [about.market.perpetual.confidence] : []
    }
    case "forward":
    case "rate":
    case "volatility":
      return terms ? [terms.market.confidence[source]] : []
    case "collateral":
      return charged.book.collateral.filter(each => each.symbol === collateral).map(each => each.confidence)
  }
}

/** Of the unit concerned; where the subject belongs to none, the lowest in the market. */
function spotConfidence(unit: UnitRisk | undefined, { market }: Charged): Ratio[] {
  return unit ? [unit.market.spotConfidence] : [...market.units.values()].map(each => each.spotConfidence)
}

function depegLines(charge: DepegCharge, charged: Charged): MethodologyLine[] {
  const gap = maxOf(0n, charge.threshold - charged.market.cashPrice)
  if (gap === 0n) return []
  const rates = eachRate(threshold => divide(gap * charge.rates[threshold], ONE, "up"))
  return Array.from(measure(charge.of, "spot", charged), each => new MeasuredLine(each, charge.name, rates))
}

function rollLines(charge: RollCharge, { units }: Charged): MethodologyLine[] {
  return units.flatMap(unit =>
    byExpiry(unit).map(({ expiry, terms, delta }) => {
      const move = terms ? rolled(charge)(terms) : charge.minimum
      const notional = usd(divide(abs(delta) * unit.market.spot * move, ONE * ONE, "up"))
      return line(charge.name, unit.unit, `${unit.unit} ${expiry ?? "perpetual"}`, notional, charge.rates)
    }),
  )
}

const rolled = onceEach(({ minimum, perYear }: RollCharge) =>
  onceEach(({ years }: ExpiryTerms) => maxOf(minimum, ratioFrom(years * toNumber(perYear), "up"))),
)

/** Long and short deltas of different expiries that the scan has netted at one price. */
function calendarLines(charge: CalendarCharge, { units }: Charged): MethodologyLine[] {
  return units.flatMap(unit => {
    const deltas = byExpiry(unit).map(each => each.delta)
    const long = deltas.reduce((sum, each) => sum + maxOf(0n, each), 0n)
    const short = deltas.reduce((sum, each) => sum + maxOf(0n, -each), 0n)
    const notional = usd(divide(minOf(long, short) * charge.amount, ONE, "up"))
    return notional === 0n
      ? []
      : [line(charge.name, unit.unit, `${unit.unit} between expiries`, notional, charge.rates, true)]
  })
}

interface ExpiryDelta {
  readonly expiry: number | null
  readonly terms: ExpiryTerms | null
  delta: bigint
}

function byExpiry({ groups }: UnitRisk): readonly ExpiryDelta[] {
  const found: ExpiryDelta[] = []
  for (const { expiry, terms, delta } of groups) {
    const known = found.find(each => each.expiry === expiry)
    if (known) known.delta += delta
    else found.push({ expiry, terms, delta })
  }
  return found
}

function deltaLiquidityLines(charge: DeltaLiquidityCharge, { units }: Charged): MethodologyLine[] {
  return units.flatMap(unit => {
    const delta = abs(unit.groups.reduce((sum, each) => sum + each.delta, 0n))
    const notional = usd(divide(delta * unit.market.spot, ONE, "up"))
    if (notional <= charge.threshold) return []
    const unitsAbove = divide((notional - charge.threshold) * ONE, unit.market.spot, "up")
    const share = minOf(charge.maximum, ratio(divide(unitsAbove * charge.perUnit, ONE, "up")))
    return [line(charge.name, unit.unit, `${unit.unit} delta`, usd(divide(notional * share, ONE, "up")), charge.rates)]
  })
}

function settlementLines(charge: SettlementLossCharge, { units }: Charged): MethodologyLine[] {
  return units.flatMap(unit =>
    unit.groups
      .filter(group => group.kind === "options")
      .map(group => ({
        name: charge.name,
        unit: unit.unit,
        subject: `${unit.unit} options ${group.expiry}`,
        amounts: eachThreshold(threshold =>
          settlementLossMargin(charge, threshold, group, group.marks, unit.market.spot),
        ),
        scaled: false,
      })),
  )
}
