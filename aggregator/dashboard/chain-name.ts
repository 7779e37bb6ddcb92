/**
 * Chains by the name people know them by.
 */
import type { ChainStateView } from "../routes/schemas.js"

/** The chain's name, or its CAIP-2 id where nobody gave it one. */
export function chainName(chain: string, chains: readonly ChainStateView[]): string {
  return chains.find(state => state.chain === chain)?.name ?? chain
}
