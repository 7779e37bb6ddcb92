/**
 * The margin requirement by underlying: the worst scenario, the floor under short options, and which of them binds.
 */
import type { Margin } from "../../routes/margin-schemas.js"
import { type Column, DataTable } from "./data-table.js"
import { Money } from "./figure.js"

type RiskUnit = Margin["components"]["units"][number]

export function RiskUnits({ units }: { units: readonly RiskUnit[] }) {
  if (units.length === 0) return null
  return (
    <section class="detail-section">
      <div class="chain-head">
        <h3>Risk units</h3>
        <p class="freshness">positions in one underlying, margined as one</p>
      </div>
      <DataTable caption="Requirement by underlying" rows={units} rowKey={unit => unit.underlying} columns={COLUMNS} />
    </section>
  )
}

const COLUMNS: readonly Column<RiskUnit>[] = [
  { label: "Underlying", cell: unit => unit.underlying },
  {
    label: "Worst scenario",
    figure: true,
    cell: unit => (unit.worstScenario === null ? "none loses" : `no. ${unit.worstScenario}`),
  },
  { label: "Scanning risk", figure: true, cell: unit => <Money value={unit.scanningRisk} toward="up" /> },
  { label: "Lot remainder", figure: true, cell: unit => <Money value={unit.lotRemainder} toward="up" /> },
  { label: "Short option minimum", figure: true, cell: unit => <Money value={unit.shortOptionMinimum} toward="up" /> },
  { label: "Requirement", figure: true, cell: unit => <Money value={unit.requirement} toward="up" /> },
]
