/**
 * Portfolios as books of a scenario methodology, and its assessment as their margin.
 */
import { attempt, PlimsollError, UnpriceablePositionError } from "../domain/errors.js"
import { ONE, price, quantity, type Usd, usd } from "../domain/fixed.js"
import type { PositionLeg } from "../domain/leg.js"
import type { Book, BookMarket, HeldPosition, UnitMarket } from "../domain/margin-book.js"
import type { Methodology } from "../domain/methodology.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Block, Portfolio } from "./apply-haircuts.js"
import { explain, markToMarketOf, requirementOf } from "./explain-margin.js"
import { holder } from "./held-positions.js"
import { assessor, type BookAssessment } from "./margin/assess-book.js"
import { hasParameters } from "./margin/book-groups.js"
import type { Market } from "./market.js"
import type { ExplainedMargin, PortfolioMargin, PortfolioRisk, RiskArrays } from "./portfolio-margin.js"

const NOTHING = usd(0n)

/** Portfolios as books against one market, many in one pass of the kernel. */
export function scenarioMargins(kernel: RiskKernel, market: Market, method: Methodology): RiskArrays {
  const hold = holder(kernel, market)
  const assess = assessor(kernel, method, bookMarketOf(market, method))
  return {
    margins(portfolios) {
      const books = portfolios.map(each => attempt(() => bookOf(each.id, each.positions.map(hold), each)))
      const held = books.filter((each): each is Book => !(each instanceof PlimsollError))
      const assessed = assess(held)
      let next = 0
      return portfolios.map((portfolio, i): PortfolioRisk => {
        const book = books[i]
        const whole = book instanceof PlimsollError ? book : assessed[next++]
        return book && whole && !(book instanceof PlimsollError || whole instanceof PlimsollError)
          ? { margin: new ScenarioMargin(portfolio.positions, book.positions, whole) }
          : { blocked: [blockOf(whole, portfolio)] }
      })
    },
    alone: positions =>
      assess(positions.map((leg, i) => bookOf(String(i), [hold(leg)]))).map(each =>
        each instanceof PlimsollError ? NOTHING : requirementOf(each).maintenance,
      ),
  }
}

class ScenarioMargin implements PortfolioMargin {
  readonly markToMarket: Usd
  readonly requirement: PortfolioMargin["requirement"]
  readonly #legs: readonly PositionLeg[]
  readonly #held: readonly HeldPosition[]
  readonly #whole: BookAssessment

  constructor(legs: readonly PositionLeg[], held: readonly HeldPosition[], whole: BookAssessment) {
    this.markToMarket = markToMarketOf(legs, whole)
    this.requirement = requirementOf(whole)
    this.#legs = legs
    this.#held = held
    this.#whole = whole
  }

  explained(alone: () => readonly Usd[]): ExplainedMargin {
    return explain(this.#legs, this.#held, this.#whole, alone)
  }
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
  const [whole, ...alone] = assessor(kernel, method, bookMarketOf(market, method))(books)
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

function blockOf(whole: BookAssessment | PlimsollError | undefined, portfolio: Portfolio): Block {
  const chain = portfolio.positions[0]?.chain ?? null
  const error = whole instanceof PlimsollError ? whole : undefined
  const code = error instanceof UnpriceablePositionError ? error.refusal : (error?.code ?? "UNMARGINED")
  return { status: "UNAVAILABLE", code, chain, detail: error?.message ?? "no result" }
}

/** Every underlying that has both a price and parameters, held or not: what others hold changes nobody's margin. */
function bookMarketOf(market: Market, method: Methodology): BookMarket {
  const units = new Map<string, UnitMarket>()
  const scanned = new Set([...method.collateral.values()].map(each => each.scannedIn))
  for (const symbol of market.symbols) {
    const spot = market.spot(symbol)
    if (spot === undefined || !(hasParameters(symbol, method) || scanned.has(symbol))) continue
    const confidence = market.confidence(symbol)
    const perpetual = { price: spot, confidence }
    units.set(symbol, { spot, spotConfidence: confidence, perpetual, expiries: new Map() })
  }
  const cashPrice = (method.cash !== null && market.spot(method.cash)) || price(ONE)
  return { valuationTime: market.valuationTime, cashPrice, units }
}
