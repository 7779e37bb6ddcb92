/**
 * One byte string for one value: what hashes commit to. Keys sorted, no white space, bigints as integer strings.
 * Hashes are SHA-256, so that `sha256sum` checks a published file.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import type { Bytes32 } from "./attestation.js"

/**
 * Canonical JSON: object keys in code-unit order, `undefined` members left out, maps as objects.
 *
 * @throws TypeError for non-finite numbers, functions and symbols: they have no canonical form.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value)
  if (typeof value === "bigint") return `"${value}"`
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  if (value instanceof Map) return canonicalJson(Object.fromEntries(value))
  if (typeof value !== "object") throw new TypeError(`${String(value)} has no canonical form`)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`
}

export const sha256Hex = (bytes: Uint8Array): Bytes32 => `0x${bytesToHex(sha256(bytes))}`

/** SHA-256 of the text's UTF-8 bytes. */
export const sha256Text = (text: string): Bytes32 => sha256Hex(utf8ToBytes(text))

/** SHA-256 of the canonical JSON. */
export const canonicalHash = (value: unknown): Bytes32 => sha256Text(canonicalJson(value))
