/**
 * CAIP-19 ids of what an EVM chain holds.
 */
import type { AssetId, ChainId } from "../../aggregator/domain/caip.js"
import { namedAsset } from "../asset-id.js"
import type { EvmAsset } from "./adapter.js"

const ETHER = 60

/** `eip155:1/erc20:0x…`, or `eip155:1/slip44:60` for the gas coin. */
export const assetIdOf = (
  chain: ChainId,
  { address, coinType = ETHER }: Pick<EvmAsset, "address" | "coinType">,
): AssetId => namedAsset(chain, address, { standard: "erc20", coinType })
