/**
 * What a format of expected results is to the runner and to the tests: a mapping from a file's cases to checks.
 */
import type { Kernel } from "../../../wasm-core/kernel.js"

export interface Check {
  readonly name: string
  readonly actual: number
  readonly expected: number
  /** Absolute, ≥ 0; 0 demands the same number. */
  readonly tolerance: number
}

/** Something the case expects and nothing computes, e.g. because its inputs are not in the file; `*` is the whole case. */
export interface Unchecked {
  readonly field: string
  readonly reason: string
}

export interface CaseReport {
  readonly id: string
  readonly checks: readonly Check[]
  readonly unchecked: readonly Unchecked[]
}

export interface VectorFormat {
  readonly name: string
  /** Whether a document whose file name says nothing is of this format. */
  readonly recognises: (document: unknown) => boolean
  /** One report a case. @throws When the document is not of this format. */
  readonly reports: (document: unknown, kernel: Kernel) => CaseReport[]
}

/** `NaN` passes nothing. */
export const passes = ({ actual, expected, tolerance }: Check): boolean =>
  actual === expected || Math.abs(actual - expected) <= tolerance

export const relativeError = ({ actual, expected }: Check): number => {
  if (actual === expected) return 0
  return Math.abs(actual - expected) / Math.max(1, Math.abs(expected))
}

export const inexpressible = (id: string, reason: string): CaseReport => ({
  id,
  checks: [],
  unchecked: [{ field: "*", reason }],
})
