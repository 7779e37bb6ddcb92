/**
 * One thing that can be supposed: a range input with its value in words beside it.
 */
interface SliderProps {
  readonly label: string
  readonly value: number
  readonly from: number
  readonly to: number
  readonly step: number
  /** The value as people say it. */
  readonly words: string
  onChange(value: number): void
}

export function Slider({ label, value, from, to, step, words, onChange }: SliderProps) {
  return (
    <label class="slider">
      <span class="slider-label">{label}</span>
      <input
        type="range"
        min={from}
        max={to}
        step={step}
        value={value}
        aria-valuetext={words}
        onInput={event => onChange(Number(event.currentTarget.value))}
      />
      <output class="figure">{words}</output>
    </label>
  )
}
