/**
 * The reader of any configured chain, whatever its family.
 */
import type { ChainReader } from "../aggregator/domain/ports.js"
import type { ChainConfig } from "./chain-config.js"
import { createEvmReader } from "./evm/reader.js"
import { createSolanaReader } from "./solana/reader.js"

/** @throws ZodError when an adapter's settings are wrong. */
export const readerOf = (config: ChainConfig): ChainReader =>
  config.kind === "evm" ? createEvmReader(config) : createSolanaReader(config)
