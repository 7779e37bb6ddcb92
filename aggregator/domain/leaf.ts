/**
 * The hashes an epoch's root is built from: one leaf per linked address, one header leaf that pins all inputs.
 * A leaf's hash is always derived from its fields: a bare hash proves nothing about what it stands for.
 */
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js"
import type { AccountLeaf, AttestationHeader, Bytes32, HeaderPin } from "./attestation.js"
import { PlimsollError } from "./errors.js"
import { type Keccak, PORTABLE_HASHING } from "./hashing.js"
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
const BYTES32 = /^0x[0-9a-f]{64}$/

/** keccak256("plimsoll/account-leaf/1"): no other hash of ours starts with it, so a header never passes for an account. */
const ACCOUNT_LEAF_TAG = fromBytes32("tag", hashText("plimsoll/account-leaf/1"))
/** keccak256("plimsoll/header-leaf/1"). */
const HEADER_LEAF_TAG = hashText("plimsoll/header-leaf/1")

const LEAF_WORDS = 10
const LEAF_BYTES = LEAF_WORDS * WORD_BYTES
/** Leaves that are written before they are hashed: as many as a processor's cache holds. */
const LEAVES_AT_ONCE = 1_024

/**
 * Hashes of account leaves, 32 bytes each: keccak256(keccak256(abi.encode(ACCOUNT_LEAF_TAG, uint32 index,
 * uint16 wormholeChain, bytes32 holder, bytes32 account, int256 equity, int256 initialMargin, int256 maintenanceMargin,
 * uint8 status, uint64 asOf))). Money is signed US dollars × 10^18; status is its index in `ACCOUNT_STATUSES`. Hashed
 * twice, so that no leaf can be read as a pair of inner nodes.
 *
 * @throws LeafEncodingError when a field does not fit its word.
 */
export function accountLeafHashes(leaves: readonly AccountLeaf[], keccak: Keccak): Uint8Array {
  const hashes = new Uint8Array(leaves.length * WORD_BYTES)
  const words = new LeafWords(new Uint8Array(Math.min(leaves.length, LEAVES_AT_ONCE) * LEAF_BYTES))
  for (let first = 0; first < leaves.length; first += LEAVES_AT_ONCE) {
    const end = Math.min(first + LEAVES_AT_ONCE, leaves.length)
    words.at = 0
    for (let i = first; i < end; i++) writeLeaf(words, leaves[i] as AccountLeaf)
    const once = keccak.keccakEach(words.bytes.subarray(0, words.at), LEAF_BYTES)
    hashes.set(keccak.keccakEach(once, WORD_BYTES), first * WORD_BYTES)
  }
  return hashes
}

/** Hash of one account leaf, see `accountLeafHashes`. */
export const accountLeafHash = (leaf: AccountLeaf): Bytes32 => toBytes32(accountLeafHashes([leaf], PORTABLE_HASHING))

function writeLeaf(words: LeafWords, leaf: AccountLeaf): void {
  words.word(ACCOUNT_LEAF_TAG)
  words.uint("index", 32, leaf.index)
  words.uint("wormholeChain", 16, leaf.wormholeChain)
  words.bytes32("holder", leaf.holder)
  words.bytes32("account", leaf.account)
  words.int256("equity", leaf.equity)
  words.int256("initialMargin", leaf.initialMargin)
  words.int256("maintenanceMargin", leaf.maintenanceMargin)
  words.uint("status", 8, ACCOUNT_STATUSES.indexOf(leaf.status))
  words.uint("asOf", 64, leaf.asOf)
}

/**
 * abi.encode of words, one behind the other into one block: a million leaves make no garbage. The block is written over
 * and over, always with the same kinds of words at the same places, so what a `uint` never fills stays 0.
 */
class LeafWords {
  at = 0
  readonly #view: DataView

  constructor(readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer)
  }

  word(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at)
    this.at += WORD_BYTES
  }

  bytes32(field: string, text: string): void {
    if (text.length !== 2 + 2 * WORD_BYTES || !text.startsWith("0x")) throw new LeafEncodingError(field, text)
    for (let i = 2; i < text.length; i += 2) {
      const [high, low] = [text.charCodeAt(i), text.charCodeAt(i + 1)]
      const byte = (high | low) < CODES ? (BYTES[high * CODES + low] ?? NO_BYTE) : NO_BYTE
      if (byte === NO_BYTE) throw new LeafEncodingError(field, text)
      this.bytes[this.at++] = byte
    }
  }

  uint(field: string, bits: number, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** bits)
      throw new LeafEncodingError(field, String(value))
    this.#view.setUint32(this.at + 24, Math.floor(value / 2 ** 32))
    this.#view.setUint32(this.at + 28, value)
    this.at += WORD_BYTES
  }

  int256(field: string, value: bigint): void {
    // Nobody has 2^127 of anything: two words of 64 bits and the sign, unless somebody does.
    const high = value >> 64n
    if (BigInt.asIntN(64, high) === high) {
      const sign = value < 0n ? -1 : 0
      for (let place = 0; place < 16; place += 4) this.#view.setInt32(this.at + place, sign)
    } else if (BigInt.asIntN(8 * WORD_BYTES, value) !== value) throw new LeafEncodingError(field, String(value))
    else {
      this.#view.setBigUint64(this.at, value >> 192n)
      this.#view.setBigUint64(this.at + 8, value >> 128n)
    }
    this.#view.setBigUint64(this.at + 16, high)
    this.#view.setBigUint64(this.at + 24, value)
    this.at += WORD_BYTES
  }
}

const NO_BYTE = 0xffff
const CODES = 128
/** Bytes by the character codes of their two lower-case hex digits. */
const BYTES = Uint16Array.from({ length: CODES * CODES }, (_, codes) => {
  const [high = -1, low = -1] = [codes >> 7, codes & 127].map(code =>
    "0123456789abcdef".indexOf(String.fromCharCode(code)),
  )
  return high < 0 || low < 0 ? NO_BYTE : 16 * high + low
})

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

const word = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(2 * WORD_BYTES, "0"))
