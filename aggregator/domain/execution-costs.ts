/**
 * What it costs to trade and to move funds, as plans for owners and liquidators reckon it. Data: an operator states its own.
 */
import type { Quantity, Ratio, Usd } from "./fixed.js"

/**
 * Cost of trading x units at once:
 * order + x · (price · spread + |mark| · premiumSpread) + price · impact · x² / depth,
 * a half spread and a linear temporary impact (Almgren–Chriss): trading the whole depth moves the price by `impact`.
 */
export interface TradingCosts {
  /** USD an order, whatever its size. */
  readonly order: Usd
  /** Half the spread, a share of the underlying's price. */
  readonly spread: Ratio
  /** Half the spread of an option's own value, a share of its mark; 0 for anything else. */
  readonly premiumSpread: Ratio
  /** Average concession when `depth` is traded at once, a share of the underlying's price. */
  readonly impact: Ratio
  /** Units, > 0. */
  readonly depth: Quantity
}

export interface FundingCosts {
  /** USD a transaction on the chain. */
  readonly gas: Usd
  /** Least worth moving there, USD. */
  readonly minimum: Usd
}

export interface ExecutionCosts {
  readonly name: string
  readonly version: number
  /** By underlying. */
  readonly options: CostTable<TradingCosts>
  /** Perpetuals and dated futures, by underlying. */
  readonly linear: CostTable<TradingCosts>
  /** By symbol. */
  readonly spot: CostTable<TradingCosts>
  /** By CAIP-2 chain, or its namespace alone. */
  readonly chains: CostTable<FundingCosts>
}

/** Rows by name; `other` is for what has no row of its own and therefore the dearest. */
export interface CostTable<Row> {
  readonly rows: ReadonlyMap<string, Row>
  readonly other: Row
}

export const rowOf = <Row>({ rows, other }: CostTable<Row>, ...names: readonly string[]): Row => {
  const name = names.find(each => rows.has(each))
  return (name !== undefined && rows.get(name)) || other
}
