/**
 * Weighted health of one account: balances, orders and perpetuals become lines that add up exactly, at three thresholds.
 * Exact integers; every line is rounded against the account.
 */
import { UnsupportedByPolicyError } from "../../domain/errors.js"
import { divide, maxOf, minOf, ONE, type Quantity, quantity, sumUsd, type Usd, usd } from "../../domain/fixed.js"
import type {
  ReservedOrders,
  UnreservedOrders,
  WeightedAccount,
  WeightedFigures,
  WeightedHealth,
  WeightedHealthPolicy,
  WeightedLine,
  WeightedMarket,
} from "../../domain/weighted-health.js"
import { contribution } from "./contribution.js"
import { type PerpetualOutcome, perpetualOutcome } from "./perpetuals.js"
import { reservedContributions } from "./reserved-orders.js"
import { worstFill } from "./unreserved-orders.js"
import { type AssetView, type MarketView, viewMarket } from "./view.js"
import { COUNTED } from "./weights.js"

/**
 * Margins an account by weights.
 *
 * An asset without a price or without parameters counts 0 and is named; a debt, perpetual or unreserved order without a
 * price makes the account unavailable.
 *
 * @throws UnsupportedByPolicyError naming the debt or perpetual for which the policy has no parameters.
 */
export function assessWeightedHealth(
  account: WeightedAccount,
  market: WeightedMarket,
  policy: WeightedHealthPolicy,
): WeightedHealth {
  refuseUnknown(account, policy)
  const at = (rule: WeightedHealthPolicy["thresholds"]["initial"]) =>
    figuresAt(account, viewMarket(market, policy, rule))
  const [initial, liquidationEnd, maintenance] = [
    at(policy.thresholds.initial),
    at(policy.thresholds.liquidationEnd),
    at(policy.thresholds.maintenance),
  ]
  const assessed = [initial, liquidationEnd, maintenance]
  const missing = sortedUnion(assessed.map(each => each.missing))
  if (missing.length > 0) return { status: "unavailable", missing }
  return {
    status: "assessed",
    equity: equityOf(account, viewMarket(market, policy, { ...policy.thresholds.maintenance, price: "oracle" })),
    thresholds: {
      initial: initial.figures,
      liquidationEnd: liquidationEnd.figures,
      maintenance: maintenance.figures,
    },
    ignored: sortedUnion(assessed.map(each => each.ignored)),
  }
}

interface AssessedAt {
  readonly figures: WeightedFigures
  readonly missing: ReadonlySet<string>
  readonly ignored: ReadonlySet<string>
}

function figuresAt(account: WeightedAccount, view: MarketView): AssessedAt {
  const missing = new Set<string>()
  const ignored = new Set<string>()
  const outcomes = outcomesOf(account, view, missing)
  const netted = view.policy.perpetualSettlement === "netted"
  const balances = balancesOf(account, netted ? outcomes : [])
  const unreserved = new Map<string, UnreservedOrders[]>()
  for (const each of account.spotOrders.filter(isUnreserved).filter(isOpen))
    unreserved.set(each.base, [...(unreserved.get(each.base) ?? []), each])

  const lines: WeightedLine[] = []
  for (const symbol of sortedUnion([balances.keys(), unreserved.keys()])) {
    const amount = balances.get(symbol) ?? quantity(0n)
    const asset = view.asset(symbol)
    const open = unreserved.get(symbol) ?? []
    const quoted = open.flatMap(orders => {
      const quote = view.asset(orders.quote)
      if (!quote) missing.add(orders.quote)
      return quote ? [{ orders, quote }] : []
    })
    if (!asset) {
      if (amount > 0n && open.length === 0) ignored.add(symbol)
      else if (amount < 0n || open.length > 0) missing.add(symbol)
      continue
    }
    const filled = worstFill(amount, asset, quoted)
    lines.push(signedLine("balance", symbol, contribution(filled.amount, asset)))
    if (open.length > 0) lines.push(signedLine("spot-orders", symbol, filled.proceeds))
    lines.push(...bufferLine("exposure-buffer", symbol, filled.amount < 0n ? -filled.amount : 0n, asset, view))
  }

  const reserved = account.spotOrders.filter(isReserved)
  for (const { orders, value } of reservedContributions(reserved, balances, view))
    lines.push(signedLine("spot-orders", `${orders.base}/${orders.quote}`, value))
  for (const { base, quote } of reserved)
    for (const symbol of [base, quote]) if (!view.asset(symbol)) ignored.add(symbol)

  if (!netted) for (const outcome of outcomes) lines.push(...separateLines(outcome, view, missing, ignored))
  const count = openOrders(account)
  if (count > 0)
    lines.push({
      kind: "order-fee",
      subject: "open orders",
      collateral: usd(0n),
      requirement: usd(view.policy.orderFee * BigInt(count)),
    })
  return { figures: figuresFrom(lines), missing, ignored }
}

function figuresFrom(all: readonly WeightedLine[]): WeightedFigures {
  const lines = all.filter(each => each.collateral !== 0n || each.requirement !== 0n)
  const collateral = sumUsd(lines.map(each => each.collateral))
  const requirement = sumUsd(lines.map(each => each.requirement))
  return { collateral, requirement, health: usd(collateral - requirement), lines }
}

/** A perpetual on its own: its gain or loss as collateral, its margin as requirement, both in the settlement asset. */
function separateLines(
  { position, settlement, weightedGain, margin, exposure }: PerpetualOutcome,
  view: MarketView,
  missing: Set<string>,
  ignored: Set<string>,
): WeightedLine[] {
  const asset = view.asset(settlement)
  if (!asset) {
    if (weightedGain < 0n || margin > 0n) missing.add(settlement)
    else if (weightedGain > 0n) ignored.add(settlement)
    return []
  }
  const collateral = divide(weightedGain * (weightedGain < 0n ? asset.high : asset.low), ONE, "down")
  const loss = weightedGain < 0n ? -weightedGain : 0n
  return [
    {
      kind: "perpetual",
      subject: position.market,
      collateral: usd(collateral),
      requirement: usd(divide(margin * asset.high, ONE, "up")),
    },
    ...bufferLine("exposure-buffer", position.market, exposure, asset, view),
    ...bufferLine("loss-buffer", position.market, loss, asset, view),
  ]
}

function bufferLine(
  kind: "exposure-buffer" | "loss-buffer",
  subject: string,
  amount: bigint,
  { high }: AssetView,
  { rule }: MarketView,
): WeightedLine[] {
  if (rule.buffer === 0n || amount === 0n) return []
  return [{ kind, subject, collateral: usd(0n), requirement: usd(divide(amount * high * rule.buffer, COUNTED, "up")) }]
}

const signedLine = (kind: WeightedLine["kind"], subject: string, value: Usd): WeightedLine => ({
  kind,
  subject,
  collateral: maxOf(value, usd(0n)),
  requirement: usd(-minOf(value, usd(0n))),
})

function outcomesOf({ perpetuals }: WeightedAccount, view: MarketView, missing: Set<string>): PerpetualOutcome[] {
  return perpetuals.flatMap(position => {
    const at = view.perpetual(position.market)
    if (at) return [perpetualOutcome(position, at, view)]
    missing.add(position.market)
    return []
  })
}

function balancesOf({ balances }: WeightedAccount, netted: readonly PerpetualOutcome[]): Map<string, Quantity> {
  const sums = new Map<string, Quantity>()
  const add = (symbol: string, amount: bigint) => sums.set(symbol, quantity((sums.get(symbol) ?? 0n) + amount))
  for (const { symbol, amount } of balances) add(symbol, amount)
  for (const { settlement, net } of netted) add(settlement, net)
  return sums
}

/** Everything at the oracle, unweighted; what the maintenance threshold ignores counts 0 here too. */
function equityOf(account: WeightedAccount, view: MarketView): Usd {
  const worth = (symbol: string, amount: bigint) => {
    const asset = view.asset(symbol)
    return asset ? divide(amount * asset.low, ONE, "down") : 0n
  }
  let total = 0n
  for (const [symbol, amount] of balancesOf(account, [])) total += worth(symbol, amount)
  for (const { base, quote, baseReserved, quoteReserved } of account.spotOrders.filter(isReserved))
    total += worth(base, baseReserved) + worth(quote, quoteReserved)
  for (const position of account.perpetuals) {
    const at = view.perpetual(position.market)
    if (!at) continue
    total += worth(at.rules.settlement, position.quote + divide(position.base * at.low, ONE, "down"))
  }
  return usd(total)
}

function refuseUnknown({ balances, perpetuals }: WeightedAccount, policy: WeightedHealthPolicy): void {
  for (const { symbol, amount } of balances)
    if (amount < 0n && !policy.assets.has(symbol))
      throw new UnsupportedByPolicyError(policy.name, `a debt in ${symbol}`)
  for (const { market } of perpetuals)
    if (!policy.perpetuals.has(market)) throw new UnsupportedByPolicyError(policy.name, market)
}

const isReserved = (orders: ReservedOrders | UnreservedOrders): orders is ReservedOrders => orders.kind === "reserved"
const isUnreserved = (orders: ReservedOrders | UnreservedOrders): orders is UnreservedOrders =>
  orders.kind === "unreserved"

const isOpen = ({ bids, asks }: UnreservedOrders) => bids > 0n || asks > 0n

const openOrders = ({ spotOrders, perpetuals }: WeightedAccount): number =>
  spotOrders.filter(isUnreserved).reduce((sum, each) => sum + each.count, 0) +
  perpetuals.reduce((sum, each) => sum + each.orders, 0)

const sortedUnion = (sets: readonly Iterable<string>[]): string[] =>
  [...new Set(sets.flatMap(each => [...each]))].sort()
