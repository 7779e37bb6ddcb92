/**
 * An instrument as the kernel prices it: what is put under stress.
 */
import type { ExpiryTerms } from "./expiry-terms.js"

/** One row of the table. */
export interface Stressed {
  readonly key: string
  /** Its place among what the books hold. */
  readonly place: number
  /** For errors. */
  readonly name: string
  readonly unit: string
  readonly kind: "linear" | "call" | "put"
  /** USD: price of what is linear, forward of an option. */
  readonly price: number
  readonly strike: number
  readonly volatility: number
  /** `null` for what never expires. */
  readonly terms: ExpiryTerms | null
}
