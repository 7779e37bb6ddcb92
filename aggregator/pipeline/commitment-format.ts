/**
 * All that an epoch's root commits to as one canonical text, format `plimsoll/commitment/1`: terms, header, every leaf.
 * Whoever has it can rebuild the tree, prove any account or its absence, and compare with a calculation of their own.
 */
import { z } from "zod"
import type { Attestation, Bytes32 } from "../domain/attestation.js"
import { address, chainId } from "../domain/caip.js"
import { usd } from "../domain/fixed.js"
import { ACCOUNT_STATUSES } from "../domain/health.js"
import { canonicalDocument, fixed, id, integer, list } from "./canonical-document.js"

const bytes32 = z.custom<Bytes32>(value => typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value))
const dollars = fixed(usd)
const seconds = z.int().nonnegative()
const attestedChain = { chain: id(chainId), wormholeChain: z.int().min(1).max(65_535) }

const leaf = z.object({
  index: z.int().nonnegative(),
  address: id(address),
  wormholeChain: attestedChain.wormholeChain,
  holder: bytes32,
  account: bytes32,
  equity: dollars,
  initialMargin: dollars,
  maintenanceMargin: dollars,
  status: z.enum(ACCOUNT_STATUSES),
  asOf: seconds,
})

const commitmentSchema = z.object({
  epoch: integer,
  timestamp: seconds,
  validity: seconds,
  inputGrade: z.enum(["single", "quorum", "query"]),
  revokedBelow: integer,
  root: bytes32,
  chains: list(z.object(attestedChain)),
  header: z.object({
    wasmHash: bytes32,
    policyHash: bytes32,
    snapshotHash: bytes32,
    leafCount: z.int().nonnegative(),
    pins: list(z.object({ ...attestedChain, height: integer, blockHash: bytes32 })),
  }),
  leaves: list(leaf),
}) satisfies z.ZodType<Attestation>

const document = canonicalDocument("plimsoll/commitment/1", commitmentSchema)

export const encodeCommitment = (attestation: Attestation): string => document.encode(attestation)

/** @throws InvalidInputError naming every wrong field, or that the text is not canonical. */
export const decodeCommitment = (text: string): Attestation => document.decode(text)
