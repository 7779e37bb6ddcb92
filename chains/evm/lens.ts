/**
 * Many contract calls in one `eth_call` to a lens that exists in that request only: its code comes along as a state
 * override. It shares words between calls, proves its block in the answer and says how many calls the gas sufficed for.
 */
import { type Hex, type Address as Holder, isHex } from "viem"
import { z } from "zod"
import { ChainFault } from "../chain-fault.js"
import type { EvmCall, EvmCallResult } from "./adapter.js"
import type { BlockView } from "./block-proof.js"
import artifact from "./contracts/ReadLens.json" with { type: "json" }

/** An address that nobody has: the last 20 bytes of the hash of "plimsoll read lens". */
export const LENS = "0xbe14737e9d47177acd8ff22a3f29b289b30401b7"

const { deployedBytecode } = z.object({ deployedBytecode: z.custom<Hex>(isHex) }).parse(artifact)

/** What to send as the third parameter of `eth_call`. */
export const LENS_OVERRIDE = { [LENS]: { code: deployedBytecode } }

/** Gas for one call: views of real protocols need a tenth of it, and one that burns all it gets stops few others. */
const CALL_GAS = 5_000_000
/** Tables are counted and indexed in 16 bits. */
const MOST_ENTRIES = 65_535
/** In the place of the number of words: the calldata follows as it is. */
const AS_IT_IS = 255

const WORD_DIGITS = 64
const SELECTOR_DIGITS = 8
const uint = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, "0")

/** Calls of one request. Holders are what fills it: a call costs a few bytes, a new word 32. */
export class LensRequest {
  /** By target and selector as they come: most calls of a round repeat a few of them. */
  readonly #known = new Map<string, Map<string, string>>()
  readonly #heads = new Map<string, number>()
  readonly #words = new Map<string, number>()
  readonly #calls: string[] = []

  get size(): number {
    return this.#calls.length
  }

  get isFull(): boolean {
    return Math.max(this.#calls.length, this.#words.size + AS_IT_IS, this.#heads.size) >= MOST_ENTRIES
  }

  add({ to, data }: EvmCall): void {
    const digits = data.slice(2)
    const selector = digits.slice(0, SELECTOR_DIGITS)
    const words = wordsOf(digits)
    const head = this.#headOf(to, selector)
    if (words === undefined) {
      if (digits.length / 2 > MOST_ENTRIES) throw new RangeError("calldata longer than 65,535 bytes")
      this.#calls.push(head + uint(AS_IT_IS, 1) + uint(digits.length / 2, 2) + digits)
    } else {
      const shared = words.map(word => uint(entry(this.#words, word), 2)).join("")
      this.#calls.push(head + uint(words.length, 1) + shared)
    }
  }

  #headOf(to: Holder, selector: string): string {
    const ofTarget = this.#known.get(to) ?? new Map<string, string>()
    const known = ofTarget.get(selector)
    if (known !== undefined) return known
    const head = uint(entry(this.#heads, to.slice(2).toLowerCase() + selector.padEnd(SELECTOR_DIGITS, "0")), 2)
    this.#known.set(to, ofTarget.set(selector, head))
    return head
  }

  /** The input of the lens. */
  encode(): Hex {
    const counts = uint(this.#heads.size, 2) + uint(this.#words.size, 2) + uint(this.#calls.length, 2)
    const tables = [...this.#heads.keys(), ...this.#words.keys(), ...this.#calls].join("")
    return `0x${uint(CALL_GAS, 4)}${counts}${tables}`
  }
}

/** The index of a key, which is put at the end when it is new. */
function entry(table: Map<string, number>, key: string): number {
  const known = table.get(key)
  if (known !== undefined) return known
  table.set(key, table.size)
  return table.size - 1
}

/** The first word after the selector; empty when there is none. */
export function firstWordOf({ data }: EvmCall): string {
  const from = 2 + SELECTOR_DIGITS
  const word = data.slice(from, from + WORD_DIGITS)
  return word.length === WORD_DIGITS ? word : ""
}

/** The words after a selector; `undefined` when the calldata is something else. */
function wordsOf(digits: string): readonly string[] | undefined {
  const length = digits.length - SELECTOR_DIGITS
  if (length < 0 || length % WORD_DIGITS !== 0 || length / WORD_DIGITS >= AS_IT_IS) return undefined
  return Array.from({ length: length / WORD_DIGITS }, (_, index) => {
    const from = SELECTOR_DIGITS + index * WORD_DIGITS
    return digits.slice(from, from + WORD_DIGITS).toLowerCase()
  })
}

export interface LensAnswer {
  readonly block: BlockView
  /** Of the first calls; those behind them did not run. */
  readonly results: readonly EvmCallResult[]
}

/** @throws ChainFault DECODE when the bytes are not what the lens returns for at most `count` calls. */
export function decodeLens(output: Hex, count: number): LensAnswer {
  const digits = output.slice(2)
  let cursor = 0
  const take = (bytes: number) => {
    const taken = digits.slice(cursor, cursor + 2 * bytes)
    if (taken.length !== 2 * bytes) throw new ChainFault("DECODE", "the lens returned less than it announced")
    cursor += 2 * bytes
    return taken
  }
  const word = () => BigInt(`0x${take(32)}`)
  const block = { chainId: word(), timestamp: word(), number: word(), parentHash: word() }
  const ran = word()
  if (ran > BigInt(count)) throw new ChainFault("DECODE", `the lens answered ${ran} calls of ${count}`)
  const results = Array.from({ length: Number(ran) }, (): EvmCallResult => {
    const succeeded = take(1) !== "00"
    const data: Hex = `0x${take(Number.parseInt(take(4), 16))}`
    if (!succeeded) return { status: "reverted", data }
    return data === "0x" ? { status: "empty" } : { status: "ok", data }
  })
  if (cursor !== digits.length) throw new ChainFault("DECODE", "the lens returned more than it announced")
  return { block, results }
}
