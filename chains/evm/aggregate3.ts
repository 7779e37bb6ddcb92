/**
 * The ABI of Multicall3's `aggregate3((address,bool,bytes)[]) → (bool,bytes)[]`, written out by hand:
 * it runs over every byte of every pass, and a general encoder takes ten times as long for the same bytes.
 *
 *   argument: 20 | n | n offsets | n × ( target | allowFailure | 60 | length | data … )
 *   result:   20 | n | n offsets | n × ( success | 40 | length | data … )          offsets count from the first offset
 */
import type { Hex } from "viem"
import { ChainFault } from "../chain-fault.js"
import type { EvmCall, EvmCallResult } from "./adapter.js"

const SELECTOR = "0x82ad56cb"
const WORD = 32
/** Target, allowFailure, offset and length of one call. */
const CALL_HEAD = 4 * WORD

const word = (value: number) => value.toString(16).padStart(64, "0")
const bytesOf = (data: Hex) => data.length / 2 - 1
const padded = (bytes: number) => Math.ceil(bytes / WORD) * WORD
const ALLOW_FAILURE = word(1)
const OFFSET_TO_DATA = word(3 * WORD)

/** Calldata that runs every call and lets each fail for itself. */
export function encodeAggregate3(calls: readonly EvmCall[]): Hex {
  let offset = calls.length * WORD
  let offsets = ""
  let tuples = ""
  for (const { to, data } of calls) {
    const size = bytesOf(data)
    offsets += word(offset)
    tuples += to.slice(2).padStart(64, "0") + ALLOW_FAILURE + OFFSET_TO_DATA + word(size)
    tuples += data.slice(2).padEnd(padded(size) * 2, "0")
    offset += CALL_HEAD + padded(size)
  }
  return `${SELECTOR}${word(WORD)}${word(calls.length)}${offsets}${tuples}`
}

/**
 * One result a call, in order. A success without data is `empty`: a call to an address without code succeeds and returns nothing.
 *
 * @throws ChainFault DECODE when the bytes are not `count` results.
 */
export function decodeAggregate3(output: Hex, count: number): readonly EvmCallResult[] {
  const at = (position: number, bytes: number) => {
    const from = 2 + position * 2
    const hex = output.slice(from, from + bytes * 2)
    if (hex.length !== bytes * 2) throw new ChainFault("DECODE", "Multicall3 returned less than it announced")
    return hex
  }
  const numberAt = (position: number) => {
    const value = Number(`0x${at(position, WORD)}`)
    if (!Number.isSafeInteger(value)) throw new ChainFault("DECODE", "Multicall3 returned an absurd offset or length")
    return value
  }

  const list = numberAt(0)
  const answered = numberAt(list)
  if (answered !== count) throw new ChainFault("DECODE", `Multicall3 returned ${answered} results for ${count} calls`)
  const first = list + WORD
  return Array.from({ length: count }, (_, index) => {
    const tuple = first + numberAt(first + index * WORD)
    const bytes = tuple + numberAt(tuple + WORD)
    const data: Hex = `0x${at(bytes + WORD, numberAt(bytes))}`
    if (numberAt(tuple) === 0) return { status: "reverted", data }
    return data === "0x" ? { status: "empty" } : { status: "ok", data }
  })
}
