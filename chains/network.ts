/**
 * A public network as pure data: everything of a chain's configuration but where to read it. A configuration names the
 * network and adds its endpoints; whatever it says itself goes before what the network says.
 */
import type { z } from "zod"
import type { evmChainConfig, solanaChainConfig } from "./chain-config.js"

/** Where to read a chain is the operator's own; so are the contracts that the operator deploys. */
export type EvmNetwork = Omit<z.input<typeof evmChainConfig>, "rpc">
export type SolanaNetwork = Omit<z.input<typeof solanaChainConfig>, "rpc">

export const defineEvmNetwork = (network: EvmNetwork): EvmNetwork => network
export const defineSolanaNetwork = (network: SolanaNetwork): SolanaNetwork => network
