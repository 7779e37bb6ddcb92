/**
 * Portfolios as books of a scenario methodology, and its assessment as their margin.
 */
import { attempt, PlimsollError, UnpriceablePositionError } from "../domain/errors.js"
import { ONE, price, quantity, type Usd, usd } from "../domain/fixed.js"
import type { PositionLeg } from "../domain/leg.js"
import type { Book, BookMarket, ExpiryMarket, HeldPosition, UnitMarket } from "../domain/margin-book.js"
import type { Methodology } from "../domain/methodology.js"
import type { RiskKernel } from "../domain/ports.js"
import type { Block, Portfolio } from "./apply-haircuts.js"
import { explain, markToMarketOf, requirementOf } from "./explain-margin.js"
import { holder } from "./held-positions.js"
import { type Assessor, assessor, type BookAssessment } from "./margin/assess-book.js"
import type { Market } from "./market.js"
import type { ExplainedMargin, PortfolioMargin, PortfolioRisk } from "./portfolio-margin.js"
import { standaloneMargins } from "./standalone-margins.js"

const NOTHING = usd(0n)

/** Whoever asks for so few looks at what explains them; of more, the books are not worth their memory. */
const MOST_KEPT = 8

/** As many books as stay in the processor's caches from grouping to figures. */
const BOOKS_A_PASS = 256

/** One entry a portfolio, many in one pass of the kernel; what explains one is computed when somebody asks. */
export function scenarioMargins(
  kernel: RiskKernel,
  portfolios: readonly Portfolio[],
  market: Market,
  method: Methodology,
): ReadonlyMap<string, PortfolioRisk> {
  const hold = holder(kernel, market)
  const bookMarket = bookMarketOf(portfolios, market, method)
  const assess = assessor(kernel, method, bookMarket)
  const later = lookingAt(assess, portfolios, hold)
  const result = new Map<string, PortfolioRisk>()
  for (let first = 0; first < portfolios.length; first += BOOKS_A_PASS) {
    const some = portfolios.slice(first, first + BOOKS_A_PASS)
    const books = some.map(each => attempt(() => bookOf(each.id, each.positions.map(hold), each)))
    const held = books.filter((each): each is Book => !(each instanceof PlimsollError))
    const assessed = assess(held)
    let next = 0
    some.forEach((portfolio, i) => {
      const book = books[i]
      const whole = book instanceof PlimsollError ? book : assessed[next++]
      if (
        book === undefined ||
        whole === undefined ||
        book instanceof PlimsollError ||
        whole instanceof PlimsollError
      ) {
        const error = whole instanceof PlimsollError ? whole : undefined
        result.set(portfolio.id, { blocked: blockOf(error, portfolio) })
        return
      }
      if (portfolios.length <= MOST_KEPT) later.keep(first + i, { held: book.positions, whole })
      result.set(portfolio.id, { margin: new ScenarioMargin(whole, portfolio.positions, later, first + i) })
    })
  }
  return result
}

interface Assessed {
  readonly held: readonly HeldPosition[]
  readonly whole: BookAssessment
}

/** What can be asked about the portfolio at a place after the pass. */
interface Later {
  /** Spares assessing it again. */
  keep(place: number, assessed: Assessed): void
  explained(place: number): ExplainedMargin
  standalone(place: number): readonly Usd[]
}

/** The figures of a book that was assessed, without the book: a hundred thousand of those would fill the memory. */
class ScenarioMargin implements PortfolioMargin {
  readonly markToMarket: Usd
  readonly requirement: PortfolioMargin["requirement"]
  readonly #later: Later
  readonly #place: number
  #explained: ExplainedMargin | undefined

  constructor(whole: BookAssessment, legs: readonly PositionLeg[], later: Later, place: number) {
    this.markToMarket = markToMarketOf(legs, whole)
    this.requirement = requirementOf(whole)
    this.#later = later
    this.#place = place
  }

  explained(): ExplainedMargin {
    this.#explained ??= this.#later.explained(this.#place)
    return this.#explained
  }

  standalone(): readonly Usd[] {
    return this.#later.standalone(this.#place)
  }
}

/**
 * With the assessor of the pass, which has priced all that the portfolios hold. A function of its own: a closure made next to
 * all books would keep all of them in memory.
 */
function lookingAt(
  assess: Assessor,
  portfolios: readonly Portfolio[],
  hold: (leg: PositionLeg) => HeldPosition,
): Later {
  const alone = standaloneMargins(portfolios, legs =>
    assess(legs.map((leg, i) => bookOf(String(i), [hold(leg)]))).map(each =>
      each instanceof PlimsollError ? NOTHING : requirementOf(each).maintenance,
    ),
  )
  const kept = new Map<number, Assessed>()
  const again = (portfolio: Portfolio): Assessed => {
    const held = portfolio.positions.map(hold)
    const [whole] = assess([bookOf(portfolio.id, held, portfolio)])
    if (!whole || whole instanceof PlimsollError) throw whole ?? new RangeError("one result a book")
    return { held, whole }
  }
  return {
    keep: (place, assessed) => void kept.set(place, assessed),
    standalone: place => alone(place)(),
    explained(place) {
      const portfolio = portfolios[place]
      if (!portfolio) throw new RangeError(`no portfolio ${place}`)
      const { held, whole } = kept.get(place) ?? again(portfolio)
      return explain(portfolio.positions, held, whole, alone(place))
    },
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
  const [whole, ...alone] = assessor(kernel, method, bookMarketOf([portfolio], market, method))(books)
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

function blockOf(error: PlimsollError | undefined, portfolio: Portfolio): Block {
  const chain = portfolio.positions[0]?.chain ?? null
  const code = error instanceof UnpriceablePositionError ? error.refusal : (error?.code ?? "UNMARGINED")
  return { status: "UNAVAILABLE", code, chain, detail: error?.message ?? "no result" }
}

function bookMarketOf(portfolios: readonly Portfolio[], market: Market, method: Methodology): BookMarket {
  const named = new Set<string>()
  for (const { positions } of portfolios) for (const { instrument } of positions) named.add(instrument.underlying)
  for (const { scannedIn } of method.collateral.values()) if (scannedIn) named.add(scannedIn)
  const units = [...named].flatMap((unit): [string, UnitMarket][] => {
    const spot = market.spot(unit)
    if (spot === undefined) return []
    const confidence = market.confidence(unit)
    const expiries = new Map<number, ExpiryMarket>()
    return [[unit, { spot, spotConfidence: confidence, perpetual: { price: spot, confidence }, expiries }]]
  })
  const cashPrice = (method.cash !== null && market.spot(method.cash)) || price(ONE)
  return { valuationTime: market.valuationTime, cashPrice, units: new Map(units) }
}
