/**
 * The account's figures as attested and as supposed, side by side.
 */
import { formatDecimal } from "../../domain/decimal.js"
import type { Rounding } from "../../domain/fixed.js"
import type { AccountHealth, MarginFigures } from "../../domain/health.js"
import { type Column, DataTable } from "./data-table.js"
import { Money, RatioFigure } from "./figure.js"
import { StatusBadge } from "./status-badge.js"

interface Row {
  readonly label: string
  readonly before: bigint | null
  readonly after: bigint | null
  readonly toward: Rounding
  readonly ratio: boolean
}

const MONEY: readonly { field: keyof MarginFigures; label: string; toward: Rounding; ratio?: true }[] = [
  { field: "equity", label: "Equity", toward: "down" },
  { field: "initialMargin", label: "Initial margin", toward: "up" },
  { field: "maintenanceMargin", label: "Maintenance margin", toward: "up" },
  { field: "health", label: "Health", toward: "down" },
  { field: "healthFactor", label: "Health factor", toward: "down", ratio: true },
]

export function BeforeAfter({ before, after }: { before: AccountHealth; after: AccountHealth }) {
  const rows = MONEY.map(
    ({ field, label, toward, ratio = false }): Row => ({
      label,
      toward,
      ratio,
      before: before.figures?.[field] ?? null,
      after: after.figures?.[field] ?? null,
    }),
  )
  return (
    <div class="before-after" data-before-after>
      <p class="before-after-status">
        <StatusBadge status={before.status} /> <span aria-hidden="true">→</span>
        <span class="hidden"> becomes </span> <StatusBadge status={after.status} />
      </p>
      <DataTable caption="As attested and as supposed, USD" rows={rows} rowKey={each => each.label} columns={COLUMNS} />
      {after.figures === null &&
        after.reasons.map(each => (
          <p key={each.detail} class="reason-text">
            {each.detail}
          </p>
        ))}
    </div>
  )
}

function Value({ row, value }: { row: Row; value: bigint | null }) {
  const text = value === null ? null : formatDecimal(value)
  return row.ratio ? <RatioFigure value={text} toward={row.toward} /> : <Money value={text} toward={row.toward} />
}

const COLUMNS: readonly Column<Row>[] = [
  { label: "Figure", cell: row => row.label },
  { label: "Attested", figure: true, cell: row => <Value row={row} value={row.before} /> },
  { label: "Supposed", figure: true, cell: row => <Value row={row} value={row.after} /> },
  {
    label: "Change",
    figure: true,
    cell: row => <Value row={row} value={row.before === null || row.after === null ? null : row.after - row.before} />,
  },
]
