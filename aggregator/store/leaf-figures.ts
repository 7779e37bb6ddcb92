/**
 * What an epoch says of the accounts of a part, as bytes of fixed places: one of them is read without the others.
 *
 *   byte 0        words of 64 bits an amount: 2, or 4 where one does not fit
 *   then a leaf   index u32 │ status u8 │ asOf f64 │ equity │ initial margin │ maintenance margin, each signed
 */
import type { AccountLeaf } from "../domain/attestation.js"
import { usd } from "../domain/fixed.js"
import { ACCOUNT_STATUSES } from "../domain/health.js"

export type LeafFigures = Pick<
  AccountLeaf,
  "index" | "status" | "asOf" | "equity" | "initialMargin" | "maintenanceMargin"
>

const WORD_BITS = 64
const WORD_BYTES = 8
const USUAL_WORDS = 2
/** An `int256`, beyond which a leaf cannot be hashed. */
const MOST_WORDS = 4

const STATUS_AT = 4
const AS_OF_AT = 5
const AMOUNTS_AT = 13
const AMOUNTS = ["equity", "initialMargin", "maintenanceMargin"] as const

const sizeOf = (words: number) => AMOUNTS_AT + AMOUNTS.length * words * WORD_BYTES

export function encodeFigures(leaves: readonly LeafFigures[]): Uint8Array {
  const words = leaves.every(leaf => AMOUNTS.every(each => fits(leaf[each]))) ? USUAL_WORDS : MOST_WORDS
  const bytes = new Uint8Array(1 + leaves.length * sizeOf(words))
  const view = new DataView(bytes.buffer)
  bytes[0] = words
  for (const [place, leaf] of leaves.entries()) {
    const at = 1 + place * sizeOf(words)
    view.setUint32(at, leaf.index)
    view.setUint8(at + STATUS_AT, ACCOUNT_STATUSES.indexOf(leaf.status))
    view.setFloat64(at + AS_OF_AT, leaf.asOf)
    for (const [i, each] of AMOUNTS.entries()) {
      const amountAt = at + AMOUNTS_AT + i * words * WORD_BYTES
      for (let word = 0; word < words; word++) {
        view.setBigUint64(amountAt + word * WORD_BYTES, leaf[each] >> BigInt(WORD_BITS * (words - 1 - word)))
      }
    }
  }
  return bytes
}

/** The figures of the leaf at a place of the part. */
export function figuresAt(bytes: Uint8Array, place: number): LeafFigures {
  const words = bytes[0] ?? USUAL_WORDS
  const size = sizeOf(words)
  const view = new DataView(bytes.buffer, bytes.byteOffset + 1 + place * size, size)
  const amount = (i: number) => {
    const at = AMOUNTS_AT + i * words * WORD_BYTES
    let value = view.getBigInt64(at)
    for (let word = 1; word < words; word++)
      value = (value << BigInt(WORD_BITS)) | view.getBigUint64(at + word * WORD_BYTES)
    return usd(value)
  }
  return {
    index: view.getUint32(0),
    status: ACCOUNT_STATUSES[view.getUint8(STATUS_AT)] ?? "UNAVAILABLE",
    asOf: view.getFloat64(AS_OF_AT),
    equity: amount(0),
    initialMargin: amount(1),
    maintenanceMargin: amount(2),
  }
}

const fits = (value: bigint): boolean => BigInt.asIntN(USUAL_WORDS * WORD_BITS, value) === value
