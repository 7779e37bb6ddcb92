/**
 * What publishing and delivering needs of configuration and environment, with an error that names a missing key.
 */
import type { ChainConfig } from "../chains/chain-config.js"
import type { WireOptions } from "../chains/relay/wire.js"
import { relayerKeypair } from "../chains/solana/relayer-key.js"
import type { Config, Secrets } from "./config.js"
import { InvalidInputError } from "./domain/errors.js"

/** @throws InvalidInputError when nothing is said about attestations, or a key is absent or none. */
export function wireSettings(
  { attestation, chains }: Config,
  secrets: Secrets,
): Omit<WireOptions, "clock" | "outbox" | "onSigned" | "report"> {
  const { publisherKey, relayerKey, solanaRelayerKey } = secrets
  if (!attestation) {
    const detail = "say where attestations are published: homeChain and guardianApis"
    throw new InvalidInputError([{ pointer: "/attestation", code: "MISSING", detail }])
  }
  return {
    chains,
    ...attestation,
    publisherKey: keyFrom("PLIMSOLL_PUBLISHER_KEY", publisherKey),
    relayerKey: keyFrom("PLIMSOLL_RELAYER_KEY", relayerKey),
    ...(chains.some(deliversToSolana) && { solanaRelayerKey: solanaKeyFrom(solanaRelayerKey) }),
  }
}

/** @throws InvalidInputError when the variable is absent or no key. */
function keyFrom(variable: string, value: string | undefined): `0x${string}` {
  if (isKey(value)) return value
  const detail = "set this environment variable to a private key, 0x and 64 hex digits"
  throw new InvalidInputError([{ pointer: `/environment/${variable}`, code: "KEY_MISSING", detail }])
}

const deliversToSolana = (chain: ChainConfig): boolean => chain.kind === "solana" && chain.wormhole !== undefined

/** @throws InvalidInputError when the variable is absent or no key. */
function solanaKeyFrom(value = ""): string {
  if (relayerKeypair(value)) return value
  const detail = "set this environment variable to a Solana secret key: the array in a solana-keygen file, or base58"
  throw new InvalidInputError([{ pointer: "/environment/PLIMSOLL_SOLANA_RELAYER_KEY", code: "KEY_MISSING", detail }])
}

const isKey = (value: string | undefined): value is `0x${string}` => /^0x[0-9a-fA-F]{64}$/.test(value ?? "")
