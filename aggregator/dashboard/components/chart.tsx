/**
 * A uPlot canvas that follows its column's width and the colour scheme; described in words for those who cannot see it.
 */
import { useEffect, useRef } from "preact/hooks"
import uPlot from "uplot"

export type Palette = (token: string) => string

interface ChartProps {
  /** What the chart shows, in a sentence. */
  readonly label: string
  readonly height: number
  readonly data: uPlot.AlignedData
  /** Everything but the size; asked again when the colour scheme changes. */
  readonly options: (colour: Palette) => Omit<uPlot.Options, "width" | "height">
  /** What makes the options other than they were. */
  readonly revision: string
}

export function Chart({ label, height, data, options, revision }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const latest = useRef(data)
  latest.current = data

  useEffect(() => {
    const box = frame.current
    if (!box) return
    const draw = () => {
      plot.current?.destroy()
      const style = getComputedStyle(box)
      const colour: Palette = token => style.getPropertyValue(token).trim()
      plot.current = new uPlot({ ...options(colour), width: box.clientWidth, height }, latest.current, box)
    }
    draw()
    const scheme = matchMedia("(prefers-color-scheme: dark)")
    const size = new ResizeObserver(() => plot.current?.setSize({ width: box.clientWidth, height }))
    scheme.addEventListener("change", draw)
    size.observe(box)
    return () => {
      scheme.removeEventListener("change", draw)
      size.disconnect()
      plot.current?.destroy()
      plot.current = null
    }
  }, [height, revision])

  useEffect(() => plot.current?.setData(data), [data])

  return <div class="chart" ref={frame} role="img" aria-label={label} />
}

/** An axis in the page's colours; `size` is the room for its figures. */
export const axisOf = (colour: Palette, size = 34): uPlot.Axis => ({
  stroke: colour("--ink-faint"),
  grid: { stroke: colour("--rule"), width: 1 },
  ticks: { stroke: colour("--rule"), width: 1 },
  font: "11px system-ui, sans-serif",
  size,
})
