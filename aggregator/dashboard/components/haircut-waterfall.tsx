/**
 * Each haircut by name and dollars, above a bar that shows what is left of the whole.
 */
import type { Margin } from "../../routes/margin-schemas.js"
import { Money } from "./figure.js"

interface HaircutWaterfallProps {
  readonly haircuts: Margin["components"]["collateral"][number]["haircuts"]
  /** The whole that the bar stands for. */
  readonly of: string
  readonly sign: "−" | "+"
}

const WIDTH = 120

export function HaircutWaterfall({ haircuts, of, sign }: HaircutWaterfallProps) {
  if (haircuts.length === 0) return <span class="no-haircut">none</span>
  return (
    <div class="waterfall">
      <ul>
        {haircuts.map(({ name, amount }) => (
          <li key={name}>
            <span>{name}</span>{" "}
            <span class="figure">
              {sign}
              <Money value={amount} toward="up" />
            </span>
          </li>
        ))}
      </ul>
      <Bar cuts={haircuts.map(({ name, amount }) => ({ name, share: Number(amount) / Number(of) }))} />
    </div>
  )
}

/** Haircuts eat the bar from its right end, the first one rightmost. */
function Bar({ cuts }: { cuts: readonly { name: string; share: number }[] }) {
  const takenBy = (index: number) => cuts.slice(0, index + 1).reduce((taken, { share }) => taken + share, 0)
  return (
    <svg class="waterfall-bar" viewBox={`0 0 ${WIDTH} 4`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="waterfall-kept" width={WIDTH} height="4" />
      {cuts.map(({ name, share }, index) => (
        <rect
          key={name}
          class={index % 2 === 0 ? "waterfall-cut" : "waterfall-cut waterfall-cut-odd"}
          x={WIDTH * (1 - takenBy(index))}
          width={WIDTH * share}
          height="4"
        />
      ))}
    </svg>
  )
}
