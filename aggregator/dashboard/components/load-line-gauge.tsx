/**
 * The product's own picture: a hull with its load line, and the water that the margin requirement has risen to.
 * Dry disc: equity exceeds the maintenance margin. Disc under water: it does not.
 */
import { useId } from "preact/hooks"
import type { Margin } from "../../routes/margin-schemas.js"
import { displayPercent } from "../display-decimal.js"
import {
  type Frame,
  hullPath,
  type LoadLine,
  loadLine,
  ROW_FRAME,
  seaPath,
  surfacePath,
  topsidePath,
  yOf,
} from "../load-line-geometry.js"

interface GaugeProps {
  readonly account: Pick<Margin, "account" | "status" | "figures">
  readonly frame: Frame
  /** Letters on the ladder, where there is room for them. */
  readonly lettered?: boolean
}

export function LoadLineGauge({ account: { account, status, figures }, frame, lettered = false }: GaugeProps) {
  const line = figures && loadLine(figures)
  return (
    <svg
      class="load-line"
      data-status={status}
      viewBox={`0 0 ${frame.width} ${frame.height}`}
      role="img"
      aria-label={`${account}: ${gaugeWords(figures)}`}
    >
      {line === null ? (
        <path class="hull-unknown" d={hullPath(frame)} />
      ) : (
        <>
          <Hull frame={frame} />
          <Sea level={line.water} frame={frame} />
          <Marks line={line} frame={frame} lettered={lettered} />
        </>
      )}
    </svg>
  )
}

/** Below the light waterline the hull wears its underwater paint. */
function Hull({ frame }: { frame: Frame }) {
  const id = useId()
  return (
    <>
      <clipPath id={id}>
        <rect y={yOf(0, frame)} width={frame.width} height={frame.height} />
      </clipPath>
      <path class="hull-top" d={topsidePath(frame)} />
      <path class="hull" d={hullPath(frame)} />
      <path class="hull-bottom" d={hullPath(frame)} clip-path={`url(#${id})`} />
    </>
  )
}

function Sea({ level, frame }: { level: number; frame: Frame }) {
  return (
    <g class="sea" transform={`translate(0 ${yOf(level, frame)})`}>
      <path class="sea-body" d={seaPath(frame)} />
      <path class="sea-surface" d={surfacePath(frame)} />
    </g>
  )
}

/** Disc and line amidships at the maintenance margin; beside them the ladder down to the initial margin. */
function Marks({ line, frame, lettered }: { line: LoadLine; frame: Frame; lettered: boolean }) {
  const scale = frame.unit / ROW_FRAME.unit
  const disc = yOf(1, frame)
  const [center, ladder] = [frame.width * 0.45, frame.width * 0.56]
  const rungs = [
    { letter: "M", level: 1 },
    { letter: "L", level: line.liquidationEnd },
    { letter: "I", level: line.initial },
  ].flatMap(({ letter, level }) => (level === null ? [] : [{ letter, y: yOf(level, frame) }]))
  return (
    <g class="marks">
      <circle cx={center} cy={disc} r={5.6 * scale} />
      <path d={`M${center - 11 * scale} ${disc}h${22 * scale}`} />
      {line.initial !== null && (
        <path
          d={`M${ladder} ${disc}V${yOf(line.initial, frame)}${rungs.map(({ y }) => `M${ladder} ${y}h${10 * scale}`).join("")}`}
        />
      )}
      {lettered &&
        line.initial !== null &&
        rungs.map(({ letter, y }) => (
          <text key={letter} x={ladder + 13 * scale} y={y + 2.6}>
            {letter}
          </text>
        ))}
    </g>
  )
}

/** The gauge in words: what a screen reader says and what stands below the drawing. */
export function gaugeWords(figures: Margin["figures"]): string {
  if (figures === null) return "no figures"
  if (figures.marginRatio === null) return "no equity left"
  return `maintenance margin takes ${displayPercent(figures.marginRatio, 1, "up")} of equity`
}
