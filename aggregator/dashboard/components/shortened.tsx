/**
 * A hash or transaction id: shortened to read, whole to copy.
 */
import { CopyButton } from "./copy-button.js"

const KEPT = 6

interface ShortenedProps {
  readonly value: string
  /** What it is, for the copy button's name. */
  readonly name: string
}

export function Shortened({ value, name }: ShortenedProps) {
  return (
    <span class="shortened">
      <code title={value}>{shorten(value)}</code>
      <CopyButton value={value} name={name} />
    </span>
  )
}

/** "0x3f2a91…e2c07d"; short texts stay whole. */
function shorten(value: string): string {
  const head = value.startsWith("0x") ? KEPT + 2 : KEPT
  return value.length <= head + KEPT ? value : `${value.slice(0, head)}…${value.slice(-KEPT)}`
}
