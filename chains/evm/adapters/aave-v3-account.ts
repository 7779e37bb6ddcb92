/**
 * What one user holds and owes in an Aave v3 market, as legs.
 */

import { quantityFromRaw } from "../../../aggregator/domain/fixed.js"
import type { Leg } from "../../../aggregator/domain/leg.js"
import type { LegFault } from "../../../aggregator/domain/reading.js"
import type { EvmAsset, EvmChainFacts } from "../adapter.js"
import { assetIdOf } from "../asset-id.js"
import type { Reserve } from "./aave-v3-queries.js"

export const VENUE = "aave-v3"

/** A user's bits of one reserve. */
export interface ReserveUse {
  readonly borrowed: boolean
  readonly collateral: boolean
}

/** A user's share in one reserve, in the asset's own decimals, interest up to the pinned block's time included. */
export interface Holding {
  readonly reserve: Reserve
  readonly use: ReserveUse
  readonly supplied: bigint
  readonly owed: bigint
}

export interface HoldingLegs {
  readonly legs: readonly Leg[]
  readonly faults: readonly LegFault[]
}

const RAY = 10n ** 27n

/** Rounds half up, as the protocol's WadRayMath does: these are the very balances that it will pay out or collect. */
export const rayMul = (a: bigint, b: bigint): bigint => (a * b + RAY / 2n) / RAY

/** The pair of bits at a reserve's id: first borrowing, then collateral. */
export function useOf(configuration: bigint, { id }: Reserve): ReserveUse {
  const pair = configuration >> BigInt(2 * id)
  return { borrowed: (pair & 1n) !== 0n, collateral: (pair & 2n) !== 0n }
}

const ANY_BORROWING = BigInt(`0x${"5".repeat(64)}`)

/** The use of reserves other than those given: bits that nothing known explains. */
export function unexplainedUse(configuration: bigint, known: readonly Reserve[]): ReserveUse {
  const explained = known.reduce((mask, { id }) => mask | (3n << BigInt(2 * id)), 0n)
  const rest = configuration & ~explained
  return { borrowed: (rest & ANY_BORROWING) !== 0n, collateral: (rest & (ANY_BORROWING << 1n)) !== 0n }
}

/** The chain's own description of a reserve's asset; none when the two disagree on its decimals. */
export const listedAsset = ({ assets }: EvmChainFacts, { asset, decimals }: Reserve): EvmAsset | undefined =>
  assets.find(listed => listed.address === asset && listed.decimals === decimals)

/** The legs of one holding: the underlying asset, never the aToken beside it; both kinds of debt together. */
export function legsOf(facts: EvmChainFacts, { reserve, supplied, owed }: Holding): HoldingLegs {
  if (supplied === 0n && owed === 0n) return { legs: [], faults: [] }
  const listed = listedAsset(facts, reserve)
  if (!listed) return { legs: [], faults: [unlisted(reserve, owed > 0n ? "liability" : "asset")] }
  const { symbol, decimals } = listed
  const leg = { chain: facts.chain, venue: VENUE, asset: assetIdOf(facts.chain, listed), symbol }
  const legs: Leg[] = []
  if (supplied > 0n) legs.push({ kind: "collateral", ...leg, amount: quantityFromRaw(supplied, decimals, "down") })
  if (owed > 0n) legs.push({ kind: "debt", ...leg, amount: quantityFromRaw(owed, decimals, "up") })
  return { legs, faults: [] }
}

const unlisted = ({ asset, decimals }: Reserve, unknown: LegFault["unknown"]): LegFault => ({
  code: "UNSUPPORTED_POSITION",
  venue: VENUE,
  unknown,
  detail: `${asset} with ${decimals} decimals is not among the assets of this chain`,
})
