/**
 * The one list of public networks that a configuration can name. A new one is one file of data and one line here.
 */
import { arbitrum } from "./evm/networks/arbitrum.js"
import { base } from "./evm/networks/base.js"
import { ethereum } from "./evm/networks/ethereum.js"
import type { EvmNetwork, SolanaNetwork } from "./network.js"
import { solana } from "./solana/networks/mainnet.js"

/** By the name that a configuration calls them. */
export const networks: Readonly<Record<string, EvmNetwork | SolanaNetwork>> = { ethereum, arbitrum, base, solana }
