/**
 * The place of what is on no chain: final and fresh, since there is nothing to be late about.
 */

import { type AssetId, assetId, chainId } from "../domain/caip.js"
import { type Quantity, usd } from "../domain/fixed.js"
import type { PositionLeg } from "../domain/leg.js"
import type { ChainState } from "../domain/snapshot.js"

export const NOWHERE = chainId("sim:portfolio")
export const SUPPOSED_VENUE = "wallet"

export const supposedAsset = (symbol: string): AssetId => assetId(`${NOWHERE}/symbol:${symbol}`)

export const nowhereAt = (valuationTime: number): ChainState => ({
  status: "ok",
  chain: NOWHERE,
  faults: [],
  pin: {
    kind: "evm",
    chain: NOWHERE,
    blockNumber: 0n,
    blockHash: `0x${"0".repeat(64)}`,
    timestamp: valuationTime,
    finality: "finalized",
    inputGrade: "single",
  },
})

/** A position that was just opened: nothing is unsettled yet. */
export function supposedPosition(
  instrument: PositionLeg["instrument"],
  quantity: Quantity,
  place: Pick<PositionLeg, "chain" | "venue" | "positionId">,
): PositionLeg {
  switch (instrument.kind) {
    case "option":
      return { kind: "option", ...place, instrument, quantity, state: "active" }
    case "future":
      return { kind: "future", ...place, instrument, quantity, unsettled: usd(0n) }
    case "perpetual":
      return { kind: "perp", ...place, instrument, quantity, unsettled: usd(0n) }
  }
}
