/**
 * CAIP-19 ids of what Solana holds.
 */
import { type AssetId, assetId, type ChainId } from "../../aggregator/domain/caip.js"

const SOL_COIN_TYPE = 501

/** `solana:…/token:<mint>`, or `solana:…/slip44:501` for SOL. */
export const assetIdOf = (chain: ChainId, mint: string): AssetId =>
  assetId(mint === "native" ? `${chain}/slip44:${SOL_COIN_TYPE}` : `${chain}/token:${mint}`)
