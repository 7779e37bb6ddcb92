/**
 * What became of many accounts as columns: it crosses from thread to thread without an object an account.
 */
import { type Usd, usd } from "../domain/fixed.js"
import { ACCOUNT_STATUSES, type AccountHealth, type AccountStatus, type StatusReason } from "../domain/health.js"
import type { MarginSums } from "../pipeline/margin-figures.js"

export interface FigureColumns {
  /** Place in `ACCOUNT_STATUSES`, one an account. */
  readonly status: Uint8Array
  /** Unix seconds, one an account. */
  readonly asOf: Float64Array
  /** Five sums an account in the order of `SUMS`, two words each, the low one first; 0 without figures. */
  readonly sums: BigInt64Array
  /** Of the few that have any. */
  readonly reasons: ReadonlyMap<number, readonly StatusReason[]>
  /** Of those with a sum that two words do not hold. */
  readonly wide: ReadonlyMap<number, MarginSums>
}

const SUMS = ["rawEquity", "equity", "initialMargin", "liquidationEndMargin", "maintenanceMargin"] as const
const WORDS = 2 * SUMS.length
const WORD_BITS = 64

/** Without figures of anybody: `UNAVAILABLE` until somebody writes. */
export const emptyColumns = (count: number) => ({
  status: new Uint8Array(count).fill(ACCOUNT_STATUSES.indexOf("UNAVAILABLE")),
  asOf: new Float64Array(count),
  sums: new BigInt64Array(WORDS * count),
  reasons: new Map<number, readonly StatusReason[]>(),
  wide: new Map<number, MarginSums>(),
})

export function writeHealth(
  columns: ReturnType<typeof emptyColumns>,
  place: number,
  { status, asOf, reasons, figures }: AccountHealth,
): void {
  columns.status[place] = ACCOUNT_STATUSES.indexOf(status)
  columns.asOf[place] = asOf
  if (reasons.length > 0) columns.reasons.set(place, reasons)
  if (!figures || writeSums(columns.sums, place, figures)) return
  const { rawEquity, equity, initialMargin, liquidationEndMargin, maintenanceMargin } = figures
  columns.wide.set(place, { rawEquity, equity, initialMargin, liquidationEndMargin, maintenanceMargin })
}

export const statusAt = ({ status }: FigureColumns, place: number): AccountStatus =>
  ACCOUNT_STATUSES[status[place] ?? -1] ?? "UNAVAILABLE"

/** The sums of an account that has figures. */
export function sumsAt({ sums, wide }: FigureColumns, place: number): MarginSums {
  const at = WORDS * place
  return (
    wide.get(place) ?? {
      rawEquity: sumAt(sums, at),
      equity: sumAt(sums, at + 2),
      initialMargin: sumAt(sums, at + 4),
      liquidationEndMargin: sumAt(sums, at + 6),
      maintenanceMargin: sumAt(sums, at + 8),
    }
  )
}

const sumAt = (words: BigInt64Array, at: number): Usd =>
  usd(((words[at + 1] ?? 0n) << BigInt(WORD_BITS)) | BigInt.asUintN(WORD_BITS, words[at] ?? 0n))

/** @returns whether they fit */
function writeSums(words: BigInt64Array, place: number, sums: MarginSums): boolean {
  const at = WORDS * place
  for (const [i, name] of SUMS.entries()) {
    const value = sums[name]
    const high = value >> BigInt(WORD_BITS)
    if (BigInt.asIntN(WORD_BITS, high) !== high) return false
    words[at + 2 * i] = value
    words[at + 2 * i + 1] = high
  }
  return true
}
