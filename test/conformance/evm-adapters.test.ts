/**
 * What every registered EVM adapter has to hold, whatever it reads: a new registry line is tested by itself.
 */
import { evmAdapters } from "../../chains/registry.js"
import { testEvmAdapter } from "../support/evm-adapter-conformance.js"

for (const definition of evmAdapters) testEvmAdapter(definition)
