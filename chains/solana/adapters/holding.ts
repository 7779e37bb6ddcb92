/**
 * What one address turned out to hold, and what of it could not be read or does not count.
 */
import type { CollateralLeg } from "../../../aggregator/domain/leg.js"
import type { ChainFaultCode, LegFault } from "../../../aggregator/domain/reading.js"
import { shortened } from "../../chain-fault.js"

export const SPL = "spl"
export const WALLET = "wallet"

export interface Holding {
  readonly legs: readonly CollateralLeg[]
  readonly faults: readonly LegFault[]
}

export const NOTHING: Holding = { legs: [], faults: [] }

/** An asset that counts nothing, and why. */
export const unknownAsset = (venue: typeof SPL | typeof WALLET, code: ChainFaultCode, detail: string): LegFault => ({
  code,
  venue,
  unknown: "asset",
  detail: shortened(detail),
})

/** What a decoder throws, as text. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
