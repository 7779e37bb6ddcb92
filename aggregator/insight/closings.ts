/**
 * What can be done to shrink a book: close part of a position, or repay a debt with collateral beside it.
 * Each with what it costs and what it leaves; sizes are whole thousandths of the most that can be done.
 */
import { type ExecutionCosts, rowOf, type TradingCosts } from "../domain/execution-costs.js"
import {
  abs,
  divide,
  minOf,
  type Price,
  price,
  type Quantity,
  quantity,
  type Usd,
  usd,
  valueDown,
  valueUp,
} from "../domain/fixed.js"
import type { MarginBreakdown } from "../domain/health.js"
import { type CollateralLeg, type DebtLeg, isPosition, type Leg, type PositionLeg } from "../domain/leg.js"
import type { AccountCase } from "./account-case.js"
import { tradingCost } from "./trading-cost.js"

/** Parts that a closing is cut into. */
export const WHOLE = 1_000

interface Effect {
  readonly cost: Usd
  /** Dollars received (+) or paid (−) outside the legs, costs included. */
  readonly cash: Usd
  /** Legs as they are left, `null` for none. */
  readonly left: ReadonlyMap<Leg, Leg | null>
  /** Taken off each leg, so that two closings of one leg are seen to be too much. */
  readonly taken: ReadonlyMap<Leg, Quantity>
}

interface ClosingBase {
  /** USD at stake when all of it is done: what "largest first" goes by. */
  readonly size: Usd
  /** @param part 0 … WHOLE. */
  effect(part: number): Effect
}

export type Closing = ClosingBase &
  (
    | { readonly kind: "close"; readonly leg: PositionLeg }
    | { readonly kind: "repay"; readonly debt: DebtLeg; readonly from: CollateralLeg }
  )

/**
 * Everything that can be closed: each live position with a price, and each debt against each priced collateral on the
 * same chain, since a liquidator seizes where it repays. Settled in dollars at face value, options at their mark.
 */
export function closingsOf(asked: AccountCase, { positions }: MarginBreakdown, costs: ExecutionCosts): Closing[] {
  const priceOf = (symbol: string) => {
    const found = asked.snapshot.prices.find(each => each.symbol === symbol)
    return found?.status === "ok" ? found.price : undefined
  }
  const closes = asked.account.legs.filter(isPosition).flatMap((leg): Closing[] => {
    const at = priceOf(leg.instrument.underlying)
    const valued = positions.find(each => each.leg === leg)
    if (at === undefined || !valued || leg.quantity === 0n || ("state" in leg && leg.state === "expired")) return []
    const rows = rowOf(leg.kind === "option" ? costs.options : costs.linear, leg.instrument.underlying)
    const size = valueUp(abs(leg.quantity), at)
    return [{ kind: "close", leg, size, effect: part => closeEffect(leg, part, at, valued.mark, rows) }]
  })
  const { legs } = asked.account
  const debts = legs.filter((leg): leg is DebtLeg => leg.kind === "debt" && leg.amount > 0n)
  const assets = legs.filter((leg): leg is CollateralLeg => leg.kind === "collateral" && leg.amount > 0n)
  const repays = debts.flatMap(debt =>
    assets.flatMap((from): Closing[] => {
      const [owed, sold] = [priceOf(debt.symbol), priceOf(from.symbol)]
      if (debt.chain !== from.chain || owed === undefined || sold === undefined) return []
      const sale = { from, at: sold, costs: from.symbol === debt.symbol ? FREE : rowOf(costs.spot, from.symbol) }
      const most = mostToSell(debt, owed, sale)
      const effect = (part: number) => repayEffect(debt, owed, sale, quantity((most * BigInt(part)) / BigInt(WHOLE)))
      return [{ kind: "repay", debt, from, size: valueUp(most, sold), effect }]
    }),
  )
  return [...closes, ...repays]
}

/** Repaying with the very asset that is owed trades nothing. */
const FREE: TradingCosts = {
  order: usd(0n),
  spread: 0n as TradingCosts["spread"],
  premiumSpread: 0n as TradingCosts["premiumSpread"],
  impact: 0n as TradingCosts["impact"],
  depth: quantity(1n),
}

function closeEffect(leg: PositionLeg, part: number, at: Price, mark: Price, costs: TradingCosts): Effect {
  const closed = quantity((leg.quantity * BigInt(part)) / BigInt(WHOLE))
  const rest = quantity(leg.quantity - closed)
  const cost = tradingCost(abs(closed), at, leg.kind === "option" ? mark : price(0n), costs)
  if (leg.kind === "option") {
    const left = rest === 0n ? null : { ...leg, quantity: rest }
    return { cost, cash: usd(valueDown(closed, mark) - cost), left: new Map([[leg, left]]), taken: new Map() }
  }
  // What is not settled yet goes with the units it belongs to; the rest keeps the smaller half of a cent.
  const kept = usd(divide(leg.unsettled * rest, leg.quantity, "down"))
  const left = rest === 0n ? null : { ...leg, quantity: rest, unsettled: kept }
  return { cost, cash: usd(leg.unsettled - kept - cost), left: new Map([[leg, left]]), taken: new Map() }
}

interface Sale {
  readonly from: CollateralLeg
  readonly at: Price
  readonly costs: TradingCosts
}

/** Enough collateral to repay the debt and its own sale, or all there is. */
function mostToSell(debt: DebtLeg, owed: Price, { from, at, costs }: Sale): Quantity {
  const value = valueUp(debt.amount, owed)
  let needed = quantity(0n)
  // Each round adds the cost of selling what the last one added: a few settle it to far below a cent.
  for (let round = 0; round < 8; round++) {
    const gross = value + tradingCost(needed, at, price(0n), costs)
    needed = minOf(from.amount, quantity(divide(gross * 10n ** 18n, at, "up")))
  }
  return needed
}

function repayEffect(debt: DebtLeg, owed: Price, { from, at, costs }: Sale, sold: Quantity): Effect {
  const cost = tradingCost(sold, at, price(0n), costs)
  const proceeds = usd(valueDown(sold, at) - cost)
  const affordable = proceeds > 0n ? quantity(divide(proceeds * 10n ** 18n, owed, "down")) : quantity(0n)
  const repaid = minOf(debt.amount, affordable)
  const left = new Map<Leg, Leg | null>()
  left.set(from, sold === from.amount ? null : { ...from, amount: quantity(from.amount - sold) })
  left.set(debt, repaid === debt.amount ? null : { ...debt, amount: quantity(debt.amount - repaid) })
  const taken = new Map<Leg, Quantity>([
    [from, sold],
    [debt, repaid],
  ])
  return { cost, cash: usd(proceeds - valueUp(repaid, owed)), left, taken }
}

/** What a closing trades: units bought (+) or sold to close, or units repaid and collateral sold for them. */
export function closingAmounts(closing: Closing, part: number): { amount: Quantity; sold: Quantity | null } {
  if (closing.kind === "close")
    return { amount: quantity(-(closing.leg.quantity * BigInt(part)) / BigInt(WHOLE)), sold: null }
  const { taken } = closing.effect(part)
  return { amount: taken.get(closing.debt) ?? quantity(0n), sold: taken.get(closing.from) ?? quantity(0n) }
}

export interface Outcome {
  readonly legs: readonly Leg[]
  readonly cost: Usd
  readonly cash: Usd
}

/** The book after several closings at once; `null` when together they take more of a leg than there is. */
export function outcomeOf(asked: AccountCase, closings: readonly Closing[], parts: readonly number[]): Outcome | null {
  const left = new Map<Leg, Leg | null>()
  const taken = new Map<Leg, bigint>()
  let cost = 0n
  let cash = 0n
  for (const [i, closing] of closings.entries()) {
    const part = parts[i] ?? 0
    if (part === 0) continue
    const effect = closing.effect(part)
    cost += effect.cost
    cash += effect.cash
    for (const [leg, rest] of effect.left) left.set(leg, rest)
    for (const [leg, amount] of effect.taken) taken.set(leg, (taken.get(leg) ?? 0n) + amount)
  }
  for (const [leg, amount] of taken) {
    if (leg.kind !== "collateral" && leg.kind !== "debt") continue
    if (amount > leg.amount) return null
    left.set(leg, amount === leg.amount ? null : { ...leg, amount: quantity(leg.amount - amount) })
  }
  const legs = asked.account.legs.flatMap(leg => {
    const rest = left.get(leg)
    return rest === undefined ? [leg] : rest === null ? [] : [rest]
  })
  return { legs, cost: usd(cost), cash: usd(cash) }
}
