/**
 * One figure on screen: cut for people, all digits in the title, a dash where there is none.
 */
import type { Rounding } from "../../domain/fixed.js"
import { compareDecimals, displayDecimal, displayPercent, displayPrice } from "../display-decimal.js"

interface FigureProps {
  /** Decimal string; nothing is shown as a dash, never as 0. */
  readonly value: string | null | undefined
  readonly toward: Rounding
}

/** US dollars with two places. */
export function Money({ value, toward }: FigureProps) {
  return <Shown value={value} text={each => displayDecimal(each, 2, toward)} />
}

/** An amount of an asset or a quantity of an instrument, four places. */
export function Amount({ value, toward }: FigureProps) {
  return <Shown value={value} text={each => displayDecimal(each, 4, toward)} />
}

/** A price in US dollars. */
export function PriceFigure({ value, toward }: FigureProps) {
  return <Shown value={value} text={each => displayPrice(each, toward)} />
}

/** A ratio such as the health factor, two places. */
export function RatioFigure({ value, toward }: FigureProps) {
  return <Shown value={value} text={each => displayDecimal(each, 2, toward)} />
}

/** A ratio as per cent, one place. */
export function Percent({ value, toward }: FigureProps) {
  return <Shown value={value} text={each => displayPercent(each, 1, toward)} />
}

export function NoFigure() {
  return (
    <span class="no-figure">
      <span aria-hidden="true">—</span>
      <span class="hidden">no figure</span>
    </span>
  )
}

function Shown({ value, text }: { value: FigureProps["value"]; text: (value: string) => string }) {
  if (value === null || value === undefined) return <NoFigure />
  return (
    <data class={compareDecimals(value, "0") < 0 ? "figure figure-negative" : "figure"} value={value} title={value}>
      {text(value)}
    </data>
  )
}
