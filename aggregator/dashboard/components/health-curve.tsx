/**
 * Health along the price of one symbol, with every band in which the account could be liquidated.
 */
import { useMemo } from "preact/hooks"
import type uPlot from "uplot"
import { formatDecimal, toNumber } from "../../domain/decimal.js"
import type { AccountCase } from "../../insight/account-case.js"
import { healthCurve } from "../../insight/health-curve.js"
import { type LiquidationBands, liquidationBands } from "../../insight/liquidation-bands.js"
import { scanPrices } from "../analysis/price-scan.js"
import { displayPrice } from "../display-decimal.js"
import { axisOf, Chart, type Palette } from "./chart.js"

const POINTS = 97

export function HealthCurve({ asked, symbol }: { asked: AccountCase; symbol: string }) {
  const scan = useMemo(() => scanOf(asked, symbol), [asked, symbol])
  if (!scan) return <p class="empty">No usable price of {symbol}.</p>
  const { data, bands, now } = scan
  const words = bandWords(bands)
  return (
    <figure>
      <Chart
        label={`Health of the account as ${symbol} moves. ${words}`}
        height={220}
        data={data}
        revision={`${symbol} ${now} ${bands.bands.map(band => `${band.from}-${band.to}`).join()}`}
        options={colour => ({
          scales: { x: { time: false, range: (_, least, largest) => [least, largest] } },
          legend: { show: false },
          cursor: { y: false },
          axes: [axisOf(colour), axisOf(colour, 72)],
          series: [{}, { stroke: colour("--accent"), width: 2, spanGaps: false, points: { show: false } }],
          hooks: {
            drawClear: [plot => paintBands(plot, bands, colour)],
            draw: [plot => paintRules(plot, now, colour)],
          },
        })}
      />
      <figcaption data-bands={symbol}>{words}</figcaption>
    </figure>
  )
}

function scanOf(asked: AccountCase, symbol: string) {
  const quoted = asked.snapshot.prices.find(each => each.symbol === symbol)
  if (quoted?.status !== "ok") return null
  const prices = scanPrices(quoted.price, POINTS)
  const data: uPlot.AlignedData = [
    prices.map(toNumber),
    healthCurve(asked, symbol, prices).map(point => point && toNumber(point.health)),
  ]
  return { data, bands: liquidationBands(asked, symbol), now: toNumber(quoted.price) }
}

/** Each band's ends as they were rounded: outward. */
function bandWords({ symbol, bands, range, undecided }: LiquidationBands): string {
  const at = (value: bigint, toward: "down" | "up") => displayPrice(formatDecimal(value), toward)
  const searched = `between ${at(range.from, "down")} and ${at(range.to, "up")}`
  const open = undecided.length > 0 ? " Parts of that range could not be decided." : ""
  if (bands.length === 0) return `No liquidation at any price of ${symbol} ${searched}.${open}`
  const each = bands.map(band => {
    if (band.from <= range.from) return `up to ${at(band.to, "up")}`
    if (band.to >= range.to) return `from ${at(band.from, "down")}`
    return `${at(band.from, "down")} to ${at(band.to, "up")}`
  })
  return `Liquidation with ${symbol} ${each.join(", and ")}; searched ${searched}.${open}`
}

function paintBands(plot: uPlot, { bands }: LiquidationBands, colour: Palette): void {
  const { left, top, width, height } = plot.bbox
  const clamped = (at: bigint) => Math.min(Math.max(plot.valToPos(toNumber(at), "x", true), left), left + width)
  plot.ctx.save()
  plot.ctx.globalAlpha = 0.22
  plot.ctx.fillStyle = colour("--liquidatable")
  for (const { from, to } of bands) plot.ctx.fillRect(clamped(from), top, clamped(to) - clamped(from), height)
  plot.ctx.restore()
}

/** Zero health, and where the price stands. */
function paintRules(plot: uPlot, now: number, colour: Palette): void {
  const { left, top, width, height } = plot.bbox
  const { ctx } = plot
  const zero = plot.valToPos(0, "y", true)
  const x = plot.valToPos(now, "x", true)
  ctx.save()
  ctx.strokeStyle = colour("--ink-faint")
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio])
  ctx.beginPath()
  if (zero > top && zero < top + height) {
    ctx.moveTo(left, zero)
    ctx.lineTo(left + width, zero)
  }
  ctx.moveTo(x, top)
  ctx.lineTo(x, top + height)
  ctx.stroke()
  ctx.restore()
}
