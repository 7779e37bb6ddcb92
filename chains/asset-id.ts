/**
 * CAIP-19 ids of what a chain holds: its own coin by SLIP-44, everything else by its token standard.
 */
import { type AssetId, assetId, type ChainId } from "../aggregator/domain/caip.js"

export interface AssetNaming {
  /** The CAIP-19 namespace of the chain's tokens, e.g. `erc20`. */
  readonly standard: string
  /** SLIP-44 coin type of the chain's own coin. */
  readonly coinType: number
}

/** `<chain>/<standard>:<token>`, or `<chain>/slip44:<coin type>` for the token `native`. */
export const namedAsset = (chain: ChainId, token: string, { standard, coinType }: AssetNaming): AssetId =>
  assetId(token === "native" ? `${chain}/slip44:${coinType}` : `${chain}/${standard}:${token}`)
