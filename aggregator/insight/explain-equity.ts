/**
 * Equity as a waterfall of lines that add up to it exactly, and the same lines by chain and by kind of haircut.
 */
import type { ChainId } from "../domain/caip.js"
import { sumUsd, type Usd, usd } from "../domain/fixed.js"
import type { HaircutStep, MarginBreakdown } from "../domain/health.js"

export interface EquityLine {
  readonly kind: "collateral" | "debt" | "position" | "haircut"
  /** The haircut's name; `null` for the other kinds. */
  readonly haircut: HaircutStep["name"] | null
  readonly chain: ChainId
  readonly venue: string
  /** Symbol or instrument. */
  readonly subject: string
  /** USD, signed: what it adds to equity. */
  readonly amount: Usd
}

export interface EquityExplained {
  readonly lines: readonly EquityLine[]
  /** Σ lines, which is the equity of the figures. */
  readonly equity: Usd
  readonly byChain: readonly { readonly chain: ChainId; readonly amount: Usd }[]
  /** Σ over collateral and debts, ≤ 0: what each step takes. */
  readonly byHaircut: readonly { readonly name: HaircutStep["name"]; readonly amount: Usd }[]
}

/** Market values first, then what haircuts take; positions at their mark. Sums only, nothing is rounded. */
export function explainEquity({ collateral, debts, positions }: MarginBreakdown): EquityExplained {
  const lines = [
    ...collateral.flatMap(({ leg, marketValue, haircuts }) => [
      line("collateral", leg, leg.symbol, marketValue),
      ...haircuts.map(step => line("haircut", leg, leg.symbol, usd(-step.amount), step.name)),
    ]),
    ...debts.flatMap(({ leg, marketValue, haircuts }) => [
      line("debt", leg, leg.symbol, usd(-marketValue)),
      ...haircuts.map(step => line("haircut", leg, leg.symbol, usd(-step.amount), step.name)),
    ]),
    ...positions.map(({ leg, instrument, markToMarket }) => line("position", leg, instrument, markToMarket)),
  ]
  return {
    lines,
    equity: sumUsd(lines.map(each => each.amount)),
    byChain: sumsBy(lines, each => each.chain).map(([chain, amount]) => ({ chain, amount })),
    byHaircut: sumsBy(lines, each => each.haircut).flatMap(([name, amount]) => (name ? [{ name, amount }] : [])),
  }
}

function line(
  kind: EquityLine["kind"],
  { chain, venue }: { readonly chain: ChainId; readonly venue: string },
  subject: string,
  amount: Usd,
  haircut: HaircutStep["name"] | null = null,
): EquityLine {
  return { kind, haircut, chain, venue, subject, amount }
}

function sumsBy<Key>(lines: readonly EquityLine[], key: (line: EquityLine) => Key): [Key, Usd][] {
  const sums = new Map<Key, Usd>()
  for (const each of lines) sums.set(key(each), usd((sums.get(key(each)) ?? 0n) + each.amount))
  return [...sums]
}
