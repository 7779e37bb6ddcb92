/**
 * The reader of any configured chain, whatever its family.
 */
import type { Pin } from "../aggregator/domain/pin.js"
import type { ChainReader } from "../aggregator/domain/ports.js"
import type { ChainConfig } from "./chain-config.js"
import { createEvmReader } from "./evm/reader.js"
import { createSolanaReader } from "./solana/reader.js"

/** @throws ZodError when an adapter's settings are wrong. */
export const readerOf = (config: ChainConfig): ChainReader =>
  config.kind === "evm" ? createEvmReader(config) : createSolanaReader(config)

/**
 * A reader of the very block that an earlier pass was pinned to; `null` for Solana, which keeps no history to read.
 *
 * @throws ZodError when an adapter's settings are wrong.
 */
export const rereaderOf = (config: ChainConfig, pin: Pin): ChainReader | null =>
  config.kind === "evm" && pin.kind === "evm" ? createEvmReader(config, pin) : null
