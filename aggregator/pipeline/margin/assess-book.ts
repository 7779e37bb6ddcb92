/**
 * Margin of a book under any methodology: scanning loss × loss factor + charges, at three thresholds.
 * Every line of the result is exact and they add up to it; requirements are rounded up.
 */
import { toNumber } from "../../domain/decimal.js"
import { PlimsollError } from "../../domain/errors.js"
import { divide, maxOf, minOf, ONE, price, type Ratio, ratio, type Usd, usd, valueDown } from "../../domain/fixed.js"
import type { Book, BookMarket, HeldCollateral, UnitMarket } from "../../domain/margin-book.js"
import type { BasisCharge, Methodology, PartRule, ThresholdName } from "../../domain/methodology.js"
import type { RiskKernel } from "../../domain/ports.js"
import { collateralPrice } from "./book-groups.js"
import { type Charged, chargeLines, eachThreshold, type MethodologyLine } from "./charges.js"
import { unitCombiner } from "./combine-units.js"
import { ratioFrom } from "./double.js"
import type { ExpiryTerms } from "./expiry-terms.js"
import { type FloorLine, floorLines } from "./floors.js"
import { onceEach } from "./once-each.js"
import { type SpreadLine, spreadCredits } from "./spread-credits.js"
import { type BookRisk, riskOfBooks, type UnitRisk } from "./unit-risk.js"

export interface UnitAssessment extends UnitRisk {
  /** Worst counted loss over the scenarios, ≥ 0, without what cutting to lots may hide. */
  readonly scanningLoss: Usd
  /** Index of the scenario that sets it; `null` when none loses. */
  readonly worstScenario: number | null
  /** Loss by the basis between spot and forwards, ≥ 0; the larger of this and the scanning loss counts. */
  readonly basisLoss: Usd
  readonly floors: readonly FloorLine[]
  /** Worst loss of each part of the requirement beside the scan, ≥ 0. */
  readonly parts: readonly PartLoss[]
  /** The larger of what scenarios and floors ask for at maintenance, before factors and offsets. */
  readonly requirement: Usd
}

export interface PartLoss {
  readonly name: string
  readonly rule: PartRule
  readonly loss: Usd
}

export interface ThresholdFigures {
  readonly lossFactor: Ratio
  /** Loss factor × (scanning loss of all units + scaled charges), rounded up. */
  readonly scaledLoss: Usd
  /** Σ of the other charge lines. */
  readonly charges: Usd
  /** Collateral that does not count at this threshold. */
  readonly haircuts: Usd
  readonly requirement: Usd
  /** markToMarket − requirement: negative is short of margin. */
  readonly balance: Usd
}

export interface BookAssessment {
  readonly id: string
  /** Cash + collateral + options + what is unsettled, USD. */
  readonly markToMarket: Usd
  readonly collateralValue: Usd
  readonly optionValue: Usd
  readonly units: readonly UnitAssessment[]
  readonly charges: readonly MethodologyLine[]
  readonly haircuts: readonly HaircutLine[]
  /** What opposite deltas in different units take off the combined loss. */
  readonly spreads: readonly SpreadLine[]
  /** What the units need together before factors and charges. */
  readonly combinedLoss: Usd
  /** Multiplier × expected shortfall of the tail; the larger of this and the combined loss counts. */
  readonly tailLoss: Usd
  readonly thresholds: Readonly<Record<ThresholdName, ThresholdFigures>>
}

export interface HaircutLine {
  readonly symbol: string
  readonly value: Usd
  readonly amounts: Readonly<Record<ThresholdName, Usd>>
}

/** Assesses books, each call in one pass of the kernel, in the order given. */
export type Assessor = (books: readonly Book[]) => (BookAssessment | PlimsollError)[]

/**
 * Against one market, any number of calls. A book that cannot be margined has its error: `UnsupportedByPolicyError` when the
 * methodology or the market lacks something it holds, `UnpriceablePositionError` when the kernel refuses an instrument.
 */
export function assessor(kernel: RiskKernel, method: Methodology, market: BookMarket): Assessor {
  const riskOf = riskOfBooks(kernel, method, market)
  return books => {
    const risks = riskOf(books)
    return books.map((book, i) => {
      const risk = risks[i]
      if (!risk) throw new RangeError("one result a book")
      return risk instanceof PlimsollError ? risk : assess(risk, { book, units: risk.units, market, method })
    })
  }
}

/** The same where every book must be margined. @throws PlimsollError of the first that cannot be. */
export function assessBooks(
  kernel: RiskKernel,
  method: Methodology,
  books: readonly Book[],
  market: BookMarket,
): BookAssessment[] {
  return assessor(
    kernel,
    method,
    market,
  )(books).map(each => {
    if (each instanceof PlimsollError) throw each
    return each
  })
}

const NOTHING = usd(0n)
const NONE: readonly never[] = []

function assess({ jointScenario, shortfall }: BookRisk, charged: Charged): BookAssessment {
  const { book, method, market } = charged
  const haircuts = book.collateral.map(held => haircutLine(held, charged))
  const charges = chargeLines(charged)
  const units = charged.units.map(unit => new AssessedUnit(unit, charges, charged))
  const spreads = spreadCredits(units, method.combination.spreads)
  let [collateralValue, optionValue, unsettled, remainder, floors, credit] = [0n, 0n, 0n, 0n, 0n, 0n]
  for (const each of haircuts) collateralValue += each.value
  for (const each of spreads) credit += each.credit
  for (const each of book.positions) unsettled += each.unsettled
  for (const unit of units) {
    for (const group of unit.groups) optionValue += group.mark
    for (const floor of unit.floors) floors += floor.amount
    remainder += unit.lotRemainder
  }
  const tailLoss = method.tail ? usd(divide((shortfall + remainder) * method.tail.multiplier, ONE, "up")) : NOTHING
  const markToMarket = usd(book.cash + collateralValue + optionValue + unsettled)
  const combine = unitCombiner(units, method.combination, jointScenario)
  const combinedLoss = combine(unit => unit.requirement)
  const unitsDiffer = charges.some(each => each.scaled && each.unit !== null)
  const figures = (threshold: ThresholdName): ThresholdFigures => {
    const factor = lossFactor(threshold, method, market)
    let loss: bigint = unitsDiffer ? combine(unit => unitNeed(unit, charges, threshold)) : combinedLoss
    let [added, cut] = [0n, 0n]
    for (const each of charges)
      if (!each.scaled) added += each.amounts[threshold]
      else if (each.unit === null) loss += each.amounts[threshold]
    for (const each of haircuts) cut += each.amounts[threshold]
    const largest = maxOf<bigint>(loss - credit, floors, tailLoss)
    const scaledLoss = usd(factor === ONE ? largest : divide(largest * factor, ONE, "up"))
    const requirement = usd(scaledLoss + added + cut)
    const balance = usd(markToMarket - requirement)
    return { lossFactor: factor, scaledLoss, charges: usd(added), haircuts: usd(cut), requirement, balance }
  }
  return {
    id: book.id,
    markToMarket,
    collateralValue: usd(collateralValue),
    optionValue: usd(optionValue),
    units,
    charges,
    haircuts,
    spreads,
    combinedLoss,
    tailLoss,
    thresholds: {
      maintenance: figures("maintenance"),
      liquidationEnd: figures("liquidationEnd"),
      initial: figures("initial"),
    },
  }
}

/** A class: three objects for each of a hundred thousand books, and the closures on them, took longer than their sums. */
class AssessedUnit implements UnitAssessment {
  readonly unit: string
  readonly market: UnitMarket
  readonly groups: UnitRisk["groups"]
  readonly worst: number
  readonly lotRemainder: Usd
  readonly scanningLoss: Usd
  readonly worstScenario: number | null
  readonly basisLoss: Usd
  readonly floors: readonly FloorLine[]
  readonly parts: readonly PartLoss[]
  readonly requirement: Usd
  readonly #risk: UnitRisk

  constructor(risk: UnitRisk, charges: readonly MethodologyLine[], charged: Charged) {
    const lowest = minOf(NOTHING, risk.pnlAt(risk.worst))
    this.unit = risk.unit
    this.market = risk.market
    this.groups = risk.groups
    this.worst = risk.worst
    this.lotRemainder = risk.lotRemainder
    this.scanningLoss = usd(-lowest)
    this.worstScenario = lowest < 0n ? risk.worst : null
    this.basisLoss = basisLosses(risk, charged)
    this.floors = floorLines(risk, charged)
    this.parts = partLosses(risk, charged)
    this.requirement = unitNeed(this, charges, "maintenance")
    this.#risk = risk
  }

  partWorst(part: string): number | undefined {
    return this.#risk.partWorst(part)
  }

  pnlAt(scenario: number): Usd {
    return this.#risk.pnlAt(scenario)
  }
}

function basisLosses(unit: UnitRisk, { method }: Charged): Usd {
  let total = 0n
  for (const [i, charge] of method.charges.entries()) if (charge.kind === "basis") total += basisLoss(charge, i, unit)
  return usd(total)
}

/** Σ expiries max(loss up, loss down, 0) · (addition + perYear · τ), rounded up. */
function basisLoss(charge: BasisCharge, index: number, { groups }: UnitRisk): bigint {
  let total = 0n
  for (const [i, { expiry, terms }] of groups.entries()) {
    if (terms === null || groups.findIndex(each => each.expiry === expiry) < i) continue
    let [up, down] = [0n, 0n]
    for (const each of groups)
      if (each.expiry === expiry) {
        const probe = each.probe(index)
        up += probe.up
        down += probe.down
      }
    const worst = up < down ? up : down
    if (worst < 0n) total += divide(-worst * basisShare(charge)(terms), ONE, "up")
  }
  return total
}

const basisShare = onceEach(({ addition, perYear }: BasisCharge) =>
  onceEach(({ years }: ExpiryTerms): bigint => addition + ratioFrom(years * toNumber(perYear), "up")),
)

function partLosses(unit: UnitRisk, { method }: Charged): readonly PartLoss[] {
  if (method.parts.size === 0) return NONE
  return [...method.parts].map(([name, rule]) => {
    const worst = unit.partWorst(name)
    return { name, rule, loss: worst === undefined ? NOTHING : maxOf(NOTHING, usd(-unit.pnlAt(worst))) }
  })
}

/** The larger of what a unit's scenarios, charges and floors ask for. */
function unitNeed(
  unit: Omit<UnitAssessment, "requirement" | "partWorst" | "pnlAt">,
  charges: readonly MethodologyLine[],
  threshold: ThresholdName,
): Usd {
  let scanned: bigint = maxOf(unit.scanningLoss, unit.basisLoss) + unit.lotRemainder
  for (const each of charges) if (each.scaled && each.unit === unit.unit) scanned += each.amounts[threshold]
  for (const each of unit.parts) if (each.rule === "charge") scanned += each.loss
  let least = 0n
  for (const each of unit.floors) least += each.amount
  for (const each of unit.parts) if (each.rule === "floor") least = maxOf(least, each.loss)
  return usd(maxOf(scanned, least))
}

function lossFactor(threshold: ThresholdName, { lossFactors }: Methodology, { cashPrice }: BookMarket): Ratio {
  const { factor, depeg } = lossFactors[threshold]
  if (!depeg) return factor
  const gap = maxOf(0n, depeg.threshold - cashPrice)
  return ratio(factor + divide(gap * depeg.factor, ONE, "up"))
}

/** Value rounded down, haircut up; collateral without a rule counts nothing. */
function haircutLine(held: HeldCollateral, { method, market }: Charged): HaircutLine {
  const rule = method.collateral.get(held.symbol)
  const inCash = market.cashPrice === ONE ? held.price : price(divide(held.price * ONE, market.cashPrice, "down"))
  const value = valueDown(held.amount, inCash)
  const at = collateralPrice(held, method, market)
  const counted = at === inCash ? value : valueDown(held.amount, at)
  const amounts = eachThreshold(threshold => {
    const share = rule ? ONE - rule.haircuts[threshold] : 0n
    return usd(value - (share === ONE ? counted : divide(counted * share, ONE, "down")))
  })
  return { symbol: held.symbol, value, amounts }
}
