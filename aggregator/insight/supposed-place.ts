/**
 * The place of what is on no chain: final and fresh, since there is nothing to be late about.
 */
import { type AssetId, assetId, chainId } from "../domain/caip.js"
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
