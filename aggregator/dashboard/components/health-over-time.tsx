/**
 * Equity against its margins over time: what was attested before the page was opened, and every update since.
 */
import { useMemo } from "preact/hooks"
import type uPlot from "uplot"
import { clockTime } from "../display-time.js"
import type { HealthPoint } from "../health-history.js"
import { axisOf, Chart } from "./chart.js"

export function HealthOverTime({ account, points }: { account: string; points: readonly HealthPoint[] }) {
  const data = useMemo((): uPlot.AlignedData => {
    const column = (field: Exclude<keyof HealthPoint, "time">) =>
      points.map(point => (point[field] === null ? null : Number(point[field])))
    return [points.map(({ time }) => time), column("equity"), column("initialMargin"), column("maintenanceMargin")]
  }, [points])
  const [first] = points
  if (!first || points.length < 2) return null
  return (
    <section class="detail-section" data-health-over-time={points.length}>
      <h3>Equity and margin over time</h3>
      <Chart
        label={`Equity, initial and maintenance margin of ${account} since ${clockTime(first.time)}`}
        height={200}
        data={data}
        revision={account}
        options={colour => ({
          axes: [axisOf(colour, 48), axisOf(colour, 72)],
          cursor: { y: false },
          legend: { live: false },
          series: [
            {},
            line("Equity", colour("--accent")),
            line("Initial margin", colour("--call")),
            line("Maintenance margin", colour("--liquidatable")),
          ],
        })}
      />
    </section>
  )
}

const line = (label: string, stroke: string): uPlot.Series => ({ label, stroke, width: 2, points: { show: false } })
