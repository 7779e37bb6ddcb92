/**
 * The hashes an epoch's root is built from: one leaf per linked address, one header leaf that pins all inputs.
 * A leaf's hash is always derived from its fields: a bare hash proves nothing about what it stands for.
 */
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js"
import type { AccountLeaf, AttestationHeader, Bytes32, HeaderPin } from "./attestation.js"
import { PlimsollError } from "./errors.js"
import { ACCOUNT_STATUSES } from "./health.js"

/** A field that has no place in a leaf: a malformed hash, a number outside its word. */
export class LeafEncodingError extends PlimsollError {
  readonly code = "LEAF_ENCODING"
  constructor(
    readonly field: string,
    readonly received: string,
  ) {
    super(`${field} cannot be encoded in a leaf: ${received}`)
  }
}

const WORD_BYTES = 32
const WORD_BITS = 256
const BYTES32 = /^0x[0-9a-f]{64}$/

/** keccak256("plimsoll/account-leaf/1"): no other hash of ours starts with it, so a header never passes for an account. */
const ACCOUNT_LEAF_TAG = hashText("plimsoll/account-leaf/1")
/** keccak256("plimsoll/header-leaf/1"). */
const HEADER_LEAF_TAG = hashText("plimsoll/header-leaf/1")

/**
 * Hash of one account leaf: keccak256(keccak256(abi.encode(ACCOUNT_LEAF_TAG, uint32 index, uint16 wormholeChain,
 * bytes32 holder, bytes32 account, int256 equity, int256 initialMargin, int256 maintenanceMargin, uint8 status,
 * uint64 asOf))). Money is signed US dollars × 10^18; status is its index in `ACCOUNT_STATUSES`.
 *
 * @throws LeafEncodingError when a field does not fit its word.
 */
export function accountLeafHash(leaf: AccountLeaf): Bytes32 {
  return leafHash(
    bytes32("tag", ACCOUNT_LEAF_TAG),
    uint("index", 32, leaf.index),
    uint("wormholeChain", 16, leaf.wormholeChain),
    bytes32("holder", leaf.holder),
    bytes32("account", leaf.account),
    int256("equity", leaf.equity),
    int256("initialMargin", leaf.initialMargin),
    int256("maintenanceMargin", leaf.maintenanceMargin),
    uint("status", 8, ACCOUNT_STATUSES.indexOf(leaf.status)),
    uint("asOf", 64, leaf.asOf),
  )
}

/**
 * Hash of the header leaf: keccak256(keccak256(abi.encode(HEADER_LEAF_TAG, bytes32 wasmHash, bytes32 policyHash,
 * bytes32 snapshotHash, uint32 leafCount, bytes32 pinsHash))).
 *
 * @throws LeafEncodingError when a field does not fit its word.
 */
export function headerLeafHash(header: AttestationHeader): Bytes32 {
  return leafHash(
    bytes32("tag", HEADER_LEAF_TAG),
    bytes32("wasmHash", header.wasmHash),
    bytes32("policyHash", header.policyHash),
    bytes32("snapshotHash", header.snapshotHash),
    uint("leafCount", 32, header.leafCount),
    bytes32("pinsHash", pinsHash(header.pins)),
  )
}

/**
 * keccak256 over the pins, sorted by CAIP-2 chain id, each as abi.encode(keccak256(bytes(chain)), uint16 wormholeChain,
 * uint64 height, bytes32 blockHash). The order of `pins` does not matter.
 *
 * @throws LeafEncodingError when a field does not fit its word or a chain is pinned twice.
 */
export function pinsHash(pins: readonly HeaderPin[]): Bytes32 {
  const sorted = [...pins].sort((a, b) => (a.chain < b.chain ? -1 : 1))
  const twice = sorted.find((pin, i) => pin.chain === sorted[i + 1]?.chain)
  if (twice) throw new LeafEncodingError("pins", `${twice.chain} twice`)
  const words = sorted.flatMap(pin => [
    bytes32("chain", hashText(pin.chain)),
    uint("wormholeChain", 16, pin.wormholeChain),
    uint("height", 64, pin.height),
    bytes32("blockHash", pin.blockHash),
  ])
  return toBytes32(keccak_256(concatBytes(...words)))
}

/** keccak256 of the account id: what an account leaf carries as `account`. */
export const accountHash = (id: string): Bytes32 => hashText(id)

export function toBytes32(bytes: Uint8Array): Bytes32 {
  if (bytes.length !== WORD_BYTES) throw new LeafEncodingError("bytes32", `${bytes.length} bytes`)
  return `0x${bytesToHex(bytes)}`
}

/** @throws LeafEncodingError unless the text is `0x` and 64 lower-case hex digits. */
export function fromBytes32(field: string, text: string): Uint8Array {
  if (!BYTES32.test(text)) throw new LeafEncodingError(field, text)
  return hexToBytes(text.slice(2))
}

function hashText(text: string): Bytes32 {
  return toBytes32(keccak_256(utf8ToBytes(text)))
}

/** Hashed twice, so that no leaf can be read as a pair of inner nodes. */
function leafHash(...words: readonly Uint8Array[]): Bytes32 {
  return toBytes32(keccak_256(keccak_256(concatBytes(...words))))
}

const bytes32 = fromBytes32

function uint(field: string, bits: number, value: number | bigint): Uint8Array {
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new LeafEncodingError(field, String(value))
  const integer = BigInt(value)
  if (integer < 0n || integer >> BigInt(bits) !== 0n) throw new LeafEncodingError(field, String(value))
  return word(integer)
}

function int256(field: string, value: bigint): Uint8Array {
  if (BigInt.asIntN(WORD_BITS, value) !== value) throw new LeafEncodingError(field, String(value))
  return word(BigInt.asUintN(WORD_BITS, value))
}

const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(2 * WORD_BYTES, "0"))
