/**
 * Health since the page was opened, as a line without axes; the dashed rule is zero health.
 */
import { clockTime } from "../display-time.js"
import type { HealthPoint } from "../health-history.js"

const WIDTH = 104
const HEIGHT = 30
const MARGIN = 4

export function Sparkline({ account, points }: { account: string; points: readonly HealthPoint[] }) {
  const drawn = points.flatMap(({ time, health }) => (health === null ? [] : [{ time, health: Number(health) }]))
  const [first, last] = [drawn.at(0), drawn.at(-1)]
  if (!first || !last) return null
  const { x, y, zero } = scales(drawn)
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`Health of ${account} since ${clockTime(first.time)}`}
    >
      {zero !== null && <path class="sparkline-zero" d={`M0 ${zero}H${WIDTH}`} />}
      {stretches(points).map(stretch => (
        <polyline
          key={stretch[0]?.time}
          points={stretch.map(({ time, health }) => `${x(time)},${y(health)}`).join(" ")}
        />
      ))}
      <circle
        class={last.health < 0 ? "sparkline-now sparkline-below" : "sparkline-now"}
        cx={x(last.time)}
        cy={y(last.health)}
        r="2.4"
      />
    </svg>
  )
}

interface DrawnPoint {
  readonly time: number
  readonly health: number
}

function scales(drawn: readonly DrawnPoint[]) {
  const times = drawn.map(point => point.time)
  const healths = drawn.map(point => point.health)
  const [start, low, high] = [Math.min(...times), Math.min(...healths), Math.max(...healths)]
  const span = Math.max(...times) - start || 1
  const range = high - low
  const y = (health: number) =>
    range === 0 ? HEIGHT / 2 : round(HEIGHT - MARGIN - ((health - low) / range) * (HEIGHT - 2 * MARGIN))
  return {
    x: (time: number) => round(MARGIN + ((time - start) / span) * (WIDTH - 2 * MARGIN)),
    y,
    zero: low < 0 && high > 0 ? y(0) : null,
  }
}

/** Runs of consecutive figures: where there was none the line is broken, not bridged. */
function stretches(points: readonly HealthPoint[]): DrawnPoint[][] {
  const runs: DrawnPoint[][] = [[]]
  for (const { time, health } of points) {
    if (health === null) runs.push([])
    else runs.at(-1)?.push({ time, health: Number(health) })
  }
  return runs.filter(run => run.length > 0)
}

const round = (value: number): number => Math.round(value * 10) / 10
