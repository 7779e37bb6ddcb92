/**
 * CAIP-19 ids of what Solana holds.
 */
import type { AssetId, ChainId } from "../../aggregator/domain/caip.js"
import { namedAsset } from "../asset-id.js"

const SOLANA = { standard: "token", coinType: 501 }

/** `solana:…/token:<mint>`, or `solana:…/slip44:501` for SOL. */
export const assetIdOf = (chain: ChainId, mint: string): AssetId => namedAsset(chain, mint, SOLANA)
