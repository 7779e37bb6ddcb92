/**
 * Where the account's equity is: collateral, positions and debts of each chain, and what it adds to the worst scenario.
 */
import type { Margin } from "../../routes/margin-schemas.js"
import { type ChainShare, equityByChain } from "../analysis/equity-by-chain.js"
import { type Column, DataTable } from "./data-table.js"
import { Money } from "./figure.js"

export function ChainEquity({ components, chains }: Pick<Margin, "components" | "chains">) {
  const shares = equityByChain({ components, chains })
  if (shares.length === 0) return null
  return (
    <section class="detail-section" data-chain-equity>
      <h3>Equity by chain</h3>
      <DataTable caption="After haircuts, USD" rows={shares} rowKey={each => each.chain} columns={COLUMNS} />
    </section>
  )
}

const COLUMNS: readonly Column<ChainShare>[] = [
  { label: "Chain", cell: each => <span title={each.chain}>{each.name}</span> },
  { label: "Collateral", figure: true, cell: each => <Money value={each.collateral} toward="down" /> },
  { label: "Positions", figure: true, cell: each => <Money value={each.positions} toward="down" /> },
  { label: "Debts", figure: true, cell: each => <Money value={each.debts} toward="up" /> },
  { label: "Equity", figure: true, cell: each => <Money value={each.equity} toward="down" /> },
  { label: "Loss in the worst scenario", figure: true, cell: each => <Money value={each.worstLoss} toward="up" /> },
]
