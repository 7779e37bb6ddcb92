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
import type { Block, Portfolio } from "./apply-haircuts.js"
import { eachThreshold } from "./margin/charges.js"
import type { Market } from "./market.js"
import type { ExplainedMargin, PortfolioMargin, PortfolioRisk } from "./portfolio-margin.js"
import { assessWeightedHealth } from "./weighted-health/assess.js"

const NOTHING = usd(0n)
const NO_ORDERS = { bids: quantity(0n), asks: quantity(0n), orders: 0 }

/**
 * One entry a portfolio. What the methodology's scaling looks at are the deposits and borrows of `all` portfolios together,
 * of those too that cannot be margined: whether one is blocked changes no other.
 */
export function weightedMargins(
  portfolios: readonly Portfolio[],
  all: readonly Portfolio[],
  market: Market,
  policy: WeightedHealthPolicy,
): ReadonlyMap<string, PortfolioRisk> {
  const weighted = weightedMarket(all, market, policy)
  return new Map(portfolios.map(each => [each.id, riskOf(each, market, weighted, policy)]))
}

function riskOf(
  portfolio: Portfolio,
  market: Market,
  weighted: WeightedMarket,
  policy: WeightedHealthPolicy,
): PortfolioRisk {
  const assess = (account: WeightedAccount) => attempt(() => assessWeightedHealth(account, weighted, policy))
  const assessed = assess(accountOf(portfolio, market, policy))
  if (assessed instanceof PlimsollError) return { blocked: blockedBy(assessed.code, assessed.message) }
  if (assessed.status === "unavailable")
    return { blocked: blockedBy("PRICE_MISSING", `no usable price for ${assessed.missing.join(", ")}`) }
  const owned = portfolio.collateral.filter(({ leg }) => policy.assets.has(leg.symbol))
  const equity = sumUsd([
    ...owned.map(each => each.collateralValue),
    ...portfolio.positions.map(each => (each.kind === "option" ? NOTHING : each.unsettled)),
    ...portfolio.debts.map(each => usd(-each.liabilityValue)),
  ])
  const positions = portfolio.positions.map((leg): ValuedPosition => {
    const at = market.spot(leg.instrument.underlying) ?? price(0n)
    return {
      leg,
      instrument: instrumentName(leg.instrument),
      quantity: leg.quantity,
      mark: at,
      markToMarket: leg.kind === "option" ? valueDown(leg.quantity, at) : leg.unsettled,
      worstScenarioLoss: NOTHING,
      // Asked for at few accounts, and then by all of their positions.
      get standaloneMargin() {
        const alone = assess(accountOf({ ...portfolio, collateral: [], debts: [], positions: [leg] }, market, policy))
        return alone instanceof PlimsollError || alone.status === "unavailable"
          ? NOTHING
          : needOf(alone, alone.equity).requirement.maintenance
      },
    }
  })
  const { requirement, charges } = needOf(assessed, equity)
  return {
    margin: {
      markToMarket: sumUsd(positions.map(each => each.markToMarket)),
      requirement,
      explained: () => ({ positions, units: [], charges }),
      standalone: () => positions.map(each => each.standaloneMargin),
    },
  }
}

const blockedBy = (code: string, detail: string): Block => ({ status: "UNAVAILABLE", code, chain: null, detail })

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

function weightedMarket(
  portfolios: readonly Portfolio[],
  market: Market,
  policy: WeightedHealthPolicy,
): WeightedMarket {
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
function needOf(
  assessed: Extract<WeightedHealth, { status: "assessed" }>,
  equity: Usd,
): Pick<PortfolioMargin, "requirement"> & Pick<ExplainedMargin, "charges"> {
  const health = (threshold: ThresholdName) => assessed.thresholds[threshold].health
  const maintenance = maxOf(NOTHING, usd(equity - health("maintenance")))
  const liquidationEnd = maxOf(maintenance, usd(equity - health("liquidationEnd")))
  const requirement = {
    maintenance,
    liquidationEnd,
    initial: maxOf(liquidationEnd, usd(equity - health("initial"))),
  }
  const lines: ChargeLine[] = []
  const subjects = new Set(Object.values(assessed.thresholds).flatMap(each => each.lines.map(keyOf)))
  for (const key of [...subjects].sort()) {
    const [name = "", subject = ""] = key.split("\t")
    const amounts = eachThreshold(threshold =>
      sumUsd(
        assessed.thresholds[threshold].lines
          .filter(each => keyOf(each) === key)
          .map(each => usd(each.requirement - each.collateral)),
      ),
    )
    lines.push({ name, unit: null, subject, amounts })
  }
  const rest = eachThreshold(threshold =>
    usd(requirement[threshold] - sumUsd(lines.map(each => each.amounts[threshold]))),
  )
  return { charges: [...lines, { name: "equity", unit: null, subject: "unweighted", amounts: rest }], requirement }
}

const keyOf = ({ kind, subject }: { readonly kind: string; readonly subject: string }) => `${kind}\t${subject}`
