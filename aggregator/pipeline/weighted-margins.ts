/**
 * Portfolios as accounts of a weighted-health methodology: what weights take from equity becomes margin, line by line.
 */
import { attempt, PlimsollError } from "../domain/errors.js"
import {
  divide,
  maxOf,
  ONE,
  type Price,
  price,
  type Quantity,
  quantity,
  sumUsd,
  type Usd,
  usd,
  valueDown,
} from "../domain/fixed.js"
import type { ChargeLine, ValuedPosition } from "../domain/health.js"
import { instrumentName } from "../domain/instrument.js"
import type { PositionLeg } from "../domain/leg.js"
import type { ThresholdName } from "../domain/methodology.js"
import type {
  WeightedAccount,
  WeightedHealth,
  WeightedHealthPolicy,
  WeightedMarket,
} from "../domain/weighted-health.js"
import type { Portfolio } from "./apply-haircuts.js"
import { eachThreshold } from "./margin/charges.js"
import type { Market } from "./market.js"
import type { ExplainedMargin, PortfolioMargin, PortfolioRisk, RiskArrays } from "./portfolio-margin.js"
import { assessWeightedHealth } from "./weighted-health/assess.js"

const NOTHING = usd(0n)
type Assessed = Extract<WeightedHealth, { status: "assessed" }>

const NO_ORDERS = { bids: quantity(0n), asks: quantity(0n), orders: 0 }

/**
 * Portfolios as accounts against one market. What the methodology's scaling looks at are the deposits and borrows of all
 * portfolios together, of those too that cannot be margined: whether one is blocked changes no other.
 */
export function weightedMargins(
  market: Market,
  policy: WeightedHealthPolicy,
  everybody: () => Iterable<Portfolio>,
): RiskArrays {
  const weighted = weightedMarket(scales(policy) ? everybody() : [], market, policy)
  const assess = (account: WeightedAccount) => attempt(() => assessWeightedHealth(account, weighted, policy))
  return {
    margins: portfolios =>
      portfolios.map((portfolio): PortfolioRisk => {
        const assessed = assess(accountOf(portfolio, market, policy))
        if (assessed instanceof PlimsollError) return blockedBy(assessed.code, assessed.message)
        return assessed.status === "unavailable"
          ? blockedBy("PRICE_MISSING", `no usable price for ${assessed.missing.join(", ")}`)
          : { margin: new WeightedMargin(portfolio, assessed, market, policy) }
      }),
    alone: positions =>
      positions.map(leg => {
        const assessed = assess(accountOf({ collateral: [], debts: [], positions: [leg] }, market, policy))
        return assessed instanceof PlimsollError || assessed.status === "unavailable"
          ? NOTHING
          : needOf(assessed, assessed.equity).maintenance
      }),
  }
}

/** Whether what all deposit and borrow changes anybody's weights. */
export const scales = ({ assets }: WeightedHealthPolicy): boolean =>
  [...assets.values()].some(each => each.depositScaleStart !== null || each.borrowScaleStart !== null)

class WeightedMargin implements PortfolioMargin {
  readonly markToMarket: Usd
  readonly requirement: PortfolioMargin["requirement"]
  readonly #positions: readonly PositionLeg[]
  readonly #assessed: Assessed
  readonly #market: Market

  constructor(
    { collateral, debts, positions }: Portfolio,
    assessed: Assessed,
    market: Market,
    { assets }: WeightedHealthPolicy,
  ) {
    const owned = collateral.filter(({ leg }) => assets.has(leg.symbol))
    const equity = sumUsd([
      ...owned.map(each => each.collateralValue),
      ...positions.map(each => (each.kind === "option" ? NOTHING : each.unsettled)),
      ...debts.map(each => usd(-each.liabilityValue)),
    ])
    this.markToMarket = sumUsd(positions.map(each => markToMarketOf(each, market)))
    this.requirement = needOf(assessed, equity)
    this.#positions = positions
    this.#assessed = assessed
    this.#market = market
  }

  explained(alone: () => readonly Usd[]): ExplainedMargin {
    const positions = this.#positions.map((leg, i): ValuedPosition => {
      return {
        leg,
        instrument: instrumentName(leg.instrument),
        quantity: leg.quantity,
        mark: this.#market.spot(leg.instrument.underlying) ?? price(0n),
        markToMarket: markToMarketOf(leg, this.#market),
        worstScenarioLoss: NOTHING,
        get standaloneMargin() {
          return alone()[i] ?? NOTHING
        },
      }
    })
    return { positions, units: [], charges: linesOf(this.#assessed, this.requirement) }
  }
}

function markToMarketOf(leg: PositionLeg, market: Market): Usd {
  if (leg.kind !== "option") return leg.unsettled
  return valueDown(leg.quantity, market.spot(leg.instrument.underlying) ?? price(0n))
}

const blockedBy = (code: string, detail: string): PortfolioRisk => ({
  blocked: [{ status: "UNAVAILABLE", code, chain: null, detail }],
})

/** Assets by what the house's haircuts leave, debts by what they add, both as amounts at the oracle's price. */
function accountOf(
  { collateral, debts, positions }: Pick<Portfolio, "collateral" | "debts" | "positions">,
  market: Market,
  { assets }: WeightedHealthPolicy,
): WeightedAccount {
  const amountOf = (value: Usd, at: Price | null, rounding: "down" | "up") =>
    at === null ? 0n : divide(value * ONE, at, rounding)
  return {
    balances: [
      ...collateral
        .filter(({ leg }) => assets.has(leg.symbol))
        .map(({ leg, price: at, collateralValue }) => ({
          symbol: leg.symbol,
          amount: quantity(amountOf(collateralValue, at, "down")),
        })),
      ...debts.map(({ leg, price: at, liabilityValue }) => ({
        symbol: leg.symbol,
        amount: quantity(-amountOf(liabilityValue, at, "up")),
      })),
    ],
    spotOrders: [],
    perpetuals: positions.flatMap(leg => (leg.kind === "perp" ? [perpetualOf(leg, market)] : [])),
  }
}

/** What was received for the base so far follows from what is unsettled at today's price. */
function perpetualOf(
  { instrument, quantity: base, unsettled }: Extract<PositionLeg, { kind: "perp" }>,
  market: Market,
) {
  const value = divide(base * (market.spot(instrument.underlying) ?? 0n), ONE, "up")
  return { market: instrumentName(instrument), base, quote: quantity(unsettled - value), ...NO_ORDERS }
}

function weightedMarket(portfolios: Iterable<Portfolio>, market: Market, policy: WeightedHealthPolicy): WeightedMarket {
  const deposits = new Map<string, bigint>()
  const borrows = new Map<string, bigint>()
  const add = (to: Map<string, bigint>, symbol: string, amount: Quantity) =>
    to.set(symbol, (to.get(symbol) ?? 0n) + amount)
  for (const { collateral, debts } of portfolios) {
    // As much as counts: what haircuts leave nothing of must not dilute the weight of the rest.
    for (const { leg, price: at, collateralValue } of collateral)
      if (at !== null) add(deposits, leg.symbol, quantity(divide(collateralValue * ONE, at, "down")))
    for (const { leg } of debts) add(borrows, leg.symbol, leg.amount)
  }
  const priced = (symbol: string) => ({ oracle: market.spot(symbol) ?? null, reference: market.spot(symbol) ?? null })
  return {
    assets: new Map(
      [...policy.assets.keys()].map(symbol => [
        symbol,
        {
          ...priced(symbol),
          deposits: quantity(deposits.get(symbol) ?? 0n),
          borrows: quantity(borrows.get(symbol) ?? 0n),
        },
      ]),
    ),
    perpetuals: new Map([...policy.perpetuals.keys()].map(name => [name, priced(name.replace(/-PERP$/, ""))])),
  }
}

/** Equity less health at each threshold: never negative, and never less for a threshold that comes first. */
function needOf({ thresholds }: Assessed, equity: Usd): PortfolioMargin["requirement"] {
  const need = (threshold: ThresholdName) => usd(equity - thresholds[threshold].health)
  const maintenance = maxOf(NOTHING, need("maintenance"))
  const liquidationEnd = maxOf(maintenance, need("liquidationEnd"))
  return { maintenance, liquidationEnd, initial: maxOf(liquidationEnd, need("initial")) }
}

/** What each weight takes at every threshold, and a last line for the rest. */
function linesOf({ thresholds }: Assessed, requirement: PortfolioMargin["requirement"]): ChargeLine[] {
  const lines: ChargeLine[] = []
  const subjects = new Set(Object.values(thresholds).flatMap(each => each.lines.map(keyOf)))
  for (const key of [...subjects].sort()) {
    const [name = "", subject = ""] = key.split("\t")
    const amounts = eachThreshold(threshold =>
      sumUsd(
        thresholds[threshold].lines
          .filter(each => keyOf(each) === key)
          .map(each => usd(each.requirement - each.collateral)),
      ),
    )
    lines.push({ name, unit: null, subject, amounts })
  }
  const rest = eachThreshold(threshold =>
    usd(requirement[threshold] - sumUsd(lines.map(each => each.amounts[threshold]))),
  )
  return [...lines, { name: "equity", unit: null, subject: "unweighted", amounts: rest }]
}

const keyOf = ({ kind, subject }: { readonly kind: string; readonly subject: string }) => `${kind}\t${subject}`
