/**
 * Portfolios as books of a scenario methodology, and its assessment as margin: every figure with the lines that add up to it.
 */
import { toNumber } from "../domain/decimal.js"
import { attempt, PlimsollError, UnpriceablePositionError } from "../domain/errors.js"
import {
  divide,
  maxOf,
  ONE,
  type Price,
  price,
  quantity,
  ratio,
  sumUsd,
  type Usd,
  usd,
  valueDown,
} from "../domain/fixed.js"
import type { ChargeLine, RiskUnitMargin, ValuedPosition } from "../domain/health.js"
import { instrumentName } from "../domain/instrument.js"
import type { PositionLeg } from "../domain/leg.js"
import type { Book, BookMarket, ExpiryMarket, HeldPosition, NamedCurve, UnitMarket } from "../domain/margin-book.js"
import type { Methodology, ThresholdName } from "../domain/methodology.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Block, Portfolio } from "./apply-haircuts.js"
import { assessEach, type BookAssessment, type UnitAssessment } from "./margin/assess-book.js"
import { eachThreshold } from "./margin/charges.js"
import type { Market } from "./market.js"
import type { PortfolioMargin, PortfolioRisk } from "./portfolio-margin.js"
import { type Standalone, standaloneMargins } from "./standalone-margins.js"

const NOTHING = usd(0n)
const CERTAIN = ratio(ONE)
/** A forward a billion times the spot is a mistake in a rate. */
const LARGEST_GROWTH = 1e9
const SECONDS_PER_YEAR = 365 * 24 * 3600

/** One entry a portfolio, all of them in one pass of the kernel; positions are margined alone when somebody asks. */
export function scenarioMargins(
  kernel: RiskKernel,
  portfolios: readonly Portfolio[],
  market: Market,
  method: Methodology,
): ReadonlyMap<string, PortfolioRisk> {
  const hold = holder(kernel, market)
  const books: Book[] = []
  const heldBy = portfolios.map(({ positions }) => attempt(() => positions.map(hold)))
  portfolios.forEach((portfolio, i) => {
    const positions = heldBy[i]
    if (!Array.isArray(positions)) return
    books.push(bookOf(String(i), positions, portfolio))
  })
  const bookMarket = bookMarketOf(portfolios, market, method)
  const assessed = assessEach(kernel, method, books, bookMarket)
  const alone = standaloneMargins(portfolios, marginAlone(kernel, method, bookMarket, hold))
  const result = new Map<string, PortfolioRisk>()
  let next = 0
  portfolios.forEach((portfolio, i) => {
    const held = heldBy[i] ?? []
    if (held instanceof PlimsollError) {
      result.set(portfolio.id, { blocked: blockOf(held, portfolio) })
      return
    }
    const whole = assessed[next++]
    result.set(
      portfolio.id,
      whole === undefined || whole instanceof PlimsollError
        ? { blocked: blockOf(whole, portfolio) }
        : { margin: marginOf(portfolio.positions, held, whole, alone(i)) },
    )
  })
  return result
}

/** P&L under every scenario, behind a portfolio's margin. */
export interface ScenarioVectors {
  /** Counted P&L of what is held, by unit. */
  readonly units: readonly { readonly underlying: string; readonly pnl: readonly Usd[] }[]
  /** Weighted P&L of +1 long, one entry a position of the portfolio and in its order; empty where it cannot be priced. */
  readonly instruments: readonly (readonly Usd[])[]
}

/**
 * The risk arrays of one portfolio: its units and each instrument it holds, in one pass of the kernel.
 *
 * @throws UnpriceablePositionError, QuantityOverflowError when the portfolio cannot be margined.
 */
export function scenarioVectors(
  kernel: RiskKernel,
  portfolio: Portfolio,
  market: Market,
  method: Methodology,
): ScenarioVectors {
  const held = portfolio.positions.map(holder(kernel, market))
  const singles = held.map((each, i) => bookOf(String(i), [{ ...each, quantity: quantity(ONE) }]))
  const books = [bookOf("whole", held, portfolio), ...singles]
  const [whole, ...alone] = assessEach(kernel, method, books, bookMarketOf([portfolio], market, method))
  if (!whole || whole instanceof PlimsollError) throw whole ?? new RangeError("one result a book")
  const under = (pnlAt: (scenario: number) => Usd) => method.scenarios.map((_, scenario) => pnlAt(scenario))
  return {
    units: whole.units.map(unit => ({ underlying: unit.unit, pnl: under(scenario => unit.pnlAt(scenario)) })),
    instruments: alone.map(each => {
      const group = each instanceof PlimsollError ? undefined : each.units[0]?.groups[0]
      return group ? under(scenario => group.positionPnl(0, scenario)) : []
    }),
  }
}

const bookOf = (id: string, positions: readonly HeldPosition[], portfolio?: Portfolio): Book => ({
  id,
  cash: NOTHING,
  collateral: portfolio?.scanned ?? [],
  positions,
  reserved: NOTHING,
})

/** A function of its own: a closure made next to all books would keep all of them in memory. */
const marginAlone =
  (kernel: RiskKernel, method: Methodology, market: BookMarket, hold: (leg: PositionLeg) => HeldPosition) =>
  (legs: readonly PositionLeg[]): Usd[] =>
    assessEach(
      kernel,
      method,
      legs.map((leg, i) => bookOf(String(i), [hold(leg)])),
      market,
    ).map(each => (each instanceof PlimsollError ? NOTHING : requirementsOf(each).requirement.maintenance))

const withStandalone = (
  position: Omit<ValuedPosition, "standaloneMargin">,
  place: number,
  alone: Standalone,
): ValuedPosition => ({
  ...position,
  get standaloneMargin() {
    return alone()[place] ?? NOTHING
  },
})

function blockOf(error: PlimsollError | undefined, portfolio: Portfolio): Block {
  const chain = portfolio.positions[0]?.chain ?? null
  const code = error instanceof UnpriceablePositionError ? error.refusal : (error?.code ?? "UNMARGINED")
  return { status: "UNAVAILABLE", code, chain, detail: error?.message ?? "no result" }
}

/** A leg as the engine holds it, on the curve its venue quotes: F = spot · e^(rate · τ). */
function holder(kernel: RiskKernel, market: Market) {
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
  return (leg: PositionLeg): HeldPosition => {
    const { instrument, quantity } = leg
    if (leg.kind === "perp") return { instrument, quantity, volatility: ratio(0n), unsettled: leg.unsettled }
    const curve = curveOf(leg)
    if (leg.kind === "future") return { instrument, quantity, volatility: ratio(0n), unsettled: leg.unsettled, curve }
    return { instrument, quantity, volatility: market.volatility(leg) ?? ratio(0n), unsettled: NOTHING, curve }
  }
}

/** The nearest price at 18 decimals: a forward is an estimate, not money. */
const grown = (spot: Price, by: number): Price => {
  const scale = 2 ** 52
  return by === 1 ? spot : price(divide(spot * BigInt(Math.round(by * scale)), BigInt(scale), "down"))
}

function bookMarketOf(portfolios: readonly Portfolio[], market: Market, method: Methodology): BookMarket {
  const named = [
    ...portfolios.flatMap(each => each.positions.map(({ instrument }) => instrument.underlying)),
    ...[...method.collateral.values()].flatMap(each => each.scannedIn ?? []),
  ]
  const units = [...new Set(named)].flatMap((unit): [string, UnitMarket][] => {
    const spot = market.spot(unit)
    if (spot === undefined) return []
    const confidence = market.confidence(unit)
    const expiries = new Map<number, ExpiryMarket>()
    return [[unit, { spot, spotConfidence: confidence, perpetual: { price: spot, confidence }, expiries }]]
  })
  const cashPrice = (method.cash !== null && market.spot(method.cash)) || price(ONE)
  return { valuationTime: market.valuationTime, cashPrice, units: new Map(units) }
}

function marginOf(
  legs: readonly PositionLeg[],
  held: readonly HeldPosition[],
  whole: BookAssessment,
  alone: Standalone,
): PortfolioMargin {
  const places = new Map(held.map((each, i) => [each, i]))
  const valued = (unit: UnitAssessment) =>
    unit.groups
      .flatMap(group => group.positions.map((each, i) => ({ group, i, place: places.get(each) ?? -1 })))
      .sort((a, b) => a.place - b.place)
      .flatMap(({ group, i, place }): ValuedPosition[] => {
        const leg = legs[place]
        if (!leg) return []
        const option = leg.kind === "option"
        const mark = option ? (group.marks[i] ?? price(0n)) : unit.market.spot
        const position = {
          leg,
          instrument: instrumentName(leg.instrument),
          quantity: leg.quantity,
          mark,
          markToMarket: option ? valueDown(leg.quantity, mark) : leg.unsettled,
          worstScenarioLoss: usd(-group.positionPnl(i, unit.worst)),
        }
        return [withStandalone(position, place, alone)]
      })
  const byUnit = whole.units.map(unit => ({ unit, positions: valued(unit) }))
  return {
    positions: byUnit.flatMap(each => each.positions),
    units: byUnit.map(({ unit, positions }) => unitMargin(unit, positions)),
    ...requirementsOf(whole),
  }
}

function unitMargin(unit: UnitAssessment, positions: readonly ValuedPosition[]): RiskUnitMargin {
  const collateralLoss = usd(-sumUsd(unit.groups.map(group => group.collateralPnl(unit.worst))))
  const explained = sumUsd([collateralLoss, ...positions.map(each => each.worstScenarioLoss)])
  return {
    underlying: unit.unit,
    scanningRisk: unit.scanningLoss,
    worstScenario: unit.worstScenario === null ? null : unit.worstScenario + 1,
    collateralLoss,
    otherLoss: usd(unit.scanningLoss - explained),
    basisLoss: unit.basisLoss,
    parts: unit.parts,
    shortOptionMinimum: sumUsd(unit.floors.map(each => each.amount)),
    lotRemainder: unit.lotRemainder,
    requirement: unit.requirement,
  }
}

/** The lines of every threshold, and a last one for what keeps MM ≤ liquidation end ≤ IM and all of them ≥ 0. */
function requirementsOf(assessed: BookAssessment): Pick<PortfolioMargin, "charges" | "requirement"> {
  const { thresholds, units } = assessed
  const lines: ChargeLine[] = [
    {
      name: "risk",
      unit: null,
      subject: units.map(each => each.unit).join(", "),
      amounts: ofEach(assessed, "scaledLoss"),
    },
    ...assessed.charges.filter(each => !each.scaled).map(({ scaled: _, ...line }) => line),
    ...assessed.haircuts.map(({ symbol, amounts }) => ({ name: "haircut", unit: null, subject: symbol, amounts })),
  ]
  const maintenance = maxOf(NOTHING, thresholds.maintenance.requirement)
  const liquidationEnd = maxOf(maintenance, thresholds.liquidationEnd.requirement)
  const requirement = { maintenance, liquidationEnd, initial: maxOf(liquidationEnd, thresholds.initial.requirement) }
  const lift = eachThreshold(threshold => usd(requirement[threshold] - thresholds[threshold].requirement))
  lines.push({ name: "order of thresholds", unit: null, subject: "", amounts: lift })
  return { charges: lines.filter(each => Object.values(each.amounts).some(amount => amount !== 0n)), requirement }
}

const ofEach = ({ thresholds }: BookAssessment, figure: "scaledLoss"): Record<ThresholdName, Usd> =>
  eachThreshold(threshold => thresholds[threshold][figure])
