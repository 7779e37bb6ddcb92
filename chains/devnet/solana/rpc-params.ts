/**
 * The parameters that Solana's JSON-RPC methods share, and how accounts are encoded for them.
 * Binary data travels as base64 only; anything else is refused by name rather than guessed.
 */
import { PublicKey } from "@solana/web3.js"
import { z } from "zod"
import { decodeBase58 } from "../../solana/base58.js"
import type { LedgerAccount } from "./account-history.js"
import { COMMITMENTS, type Ledger, type View } from "./ledger.js"
import { RpcError } from "./rpc-server.js"

const MIN_CONTEXT_SLOT_NOT_REACHED = -32016

/** A base58 key of 32 bytes, in its one canonical spelling. */
export const key = z.string().refine(isKey, "not a base58 public key")

function isKey(text: string): boolean {
  try {
    return new PublicKey(text).toBase58() === text
  } catch {
    return false
  }
}

export const base64Only = z
  .literal("base64", { error: issue => `encoding ${String(issue.input)} is not supported, ask for base64` })
  .default("base64")

const uint = z.number().int().nonnegative()

export const context = z.object({
  commitment: z.enum(COMMITMENTS).default("finalized"),
  minContextSlot: uint.optional(),
})

export const accountConfig = context.extend({
  encoding: base64Only,
  dataSlice: z.object({ offset: uint, length: uint }).nullish(),
})

/** `memcmp` bytes are base58 unless they say base64. */
const memcmp = z
  .object({ offset: uint, bytes: z.string(), encoding: z.enum(["base58", "base64"]).default("base58") })
  .transform(({ offset, bytes, encoding }, checks) => {
    try {
      return {
        offset,
        bytes: encoding === "base58" ? decodeBase58(bytes) : new Uint8Array(Buffer.from(bytes, "base64")),
      }
    } catch (error) {
      checks.addIssue({ code: "custom", message: String(error) })
      return z.NEVER
    }
  })

export const programConfig = accountConfig.extend({
  withContext: z.boolean().default(false),
  filters: z
    .array(z.union([z.strictObject({ dataSize: uint }), z.strictObject({ memcmp })]))
    .max(4)
    .nullish(),
})

/** A left-out trailing parameter is `undefined`, which the schemas turn into its default. */
export const pad = (params: readonly unknown[], length: number): unknown[] =>
  Array.from({ length: Math.max(length, params.length) }, (_, index) => params[index] ?? undefined)

/**
 * The state that a request asks for.
 *
 * @throws RpcError −32016 when the commitment has not reached `minContextSlot` yet.
 */
export function viewFor(ledger: Ledger, { commitment, minContextSlot = 0 }: z.output<typeof context>): View {
  const view = ledger.view(commitment)
  const contextSlot = view.block.slot
  if (contextSlot < minContextSlot) {
    throw new RpcError(MIN_CONTEXT_SLOT_NOT_REACHED, "Minimum context slot has not been reached", { contextSlot })
  }
  return view
}

export const inContext = <Value>({ block }: View, value: Value) => ({ context: { slot: block.slot }, value })

export type Filter = NonNullable<z.output<typeof programConfig>["filters"]>[number]

export function matches(data: Uint8Array, filter: Filter): boolean {
  if ("dataSize" in filter) return data.length === filter.dataSize
  const { offset, bytes } = filter.memcmp
  return Buffer.compare(data.subarray(offset, offset + bytes.length), bytes) === 0
}

export function encodeAccount(account: LedgerAccount, slice?: { offset: number; length: number } | null) {
  const data = slice ? account.data.subarray(slice.offset, slice.offset + slice.length) : account.data
  return {
    lamports: account.lamports,
    owner: account.owner,
    data: [Buffer.from(data).toString("base64"), "base64"],
    executable: account.executable,
    rentEpoch: account.rentEpoch,
    space: account.data.length,
  }
}
