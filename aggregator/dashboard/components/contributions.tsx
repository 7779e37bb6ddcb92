/**
 * What each position loses or gains in the worst scenario of its risk unit: bars on both sides of none, summing to the scan.
 */
import type { Margin } from "../../routes/margin-schemas.js"
import { compareDecimals } from "../display-decimal.js"
import { type Column, DataTable } from "./data-table.js"
import { Amount, Money } from "./figure.js"

type Position = Margin["components"]["positions"][number]

export function Contributions({ components }: Pick<Margin, "components">) {
  const positions = [...components.positions].sort((a, b) => compareDecimals(b.worstScenarioLoss, a.worstScenarioLoss))
  if (positions.length === 0) return null
  const largest = Math.max(...positions.map(each => Math.abs(Number(each.worstScenarioLoss))), Number.MIN_VALUE)
  const columns: readonly Column<Position>[] = [
    { label: "Position", cell: each => each.instrument },
    { label: "Quantity", figure: true, cell: each => <Amount value={each.quantity} toward="down" /> },
    { label: "Loss in it", figure: true, cell: each => <Money value={each.worstScenarioLoss} toward="up" /> },
    { label: "Share", cell: each => <Bar share={Number(each.worstScenarioLoss) / largest} /> },
    { label: "Margin alone", figure: true, cell: each => <Money value={each.standaloneMargin} toward="up" /> },
  ]
  return (
    <section class="detail-section" data-contributions>
      <h3>Worst scenario, position by position</h3>
      <DataTable
        caption="A gain hedges what the others lose"
        rows={positions}
        rowKey={each => `${each.chain} ${each.venue} ${each.instrument}`}
        columns={columns}
      />
    </section>
  )
}

const HALF = 60

/** Losses to the right, gains to the left. */
function Bar({ share }: { share: number }) {
  const width = Math.abs(share) * HALF
  return (
    <svg class="contribution" viewBox={`0 0 ${2 * HALF} 8`} aria-hidden="true">
      <path class="contribution-none" d={`M${HALF} 0V8`} />
      <rect
        class={share > 0 ? "contribution-loss" : "contribution-gain"}
        x={share > 0 ? HALF : HALF - width}
        width={width}
        height="8"
      />
    </svg>
  )
}
