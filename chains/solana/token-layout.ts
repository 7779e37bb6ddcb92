/**
 * Token accounts and mints of the Token and Token-2022 programs, as far as a balance needs them.
 * Token-2022 appends extensions behind the 165 bytes of an account:
 *
 *   token account  | mint 32 | owner 32 | amount u64 | … | state u8 at 108 | … 165 | 2 | type u16, length u16, bytes | …
 *   mint           | … | decimals u8 at 44 | initialised u8 at 45 | … 82 | zeros 165 | 1 | type u16, length u16, bytes | …
 */
import { KEY_LENGTH, keyAt, LayoutError, viewOf } from "./layout.js"

export const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
export const TOKEN_2022_PROGRAM = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"

const ACCOUNT_LENGTH = 165
const MINT_LENGTH = 82
/** The length of a multisig, which is neither and has no type byte. */
const MULTISIG_LENGTH = 355
const MINT_TYPE = 1
const ACCOUNT_TYPE = 2
const STATES = ["uninitialized", "initialized", "frozen"] as const

export interface TokenAccount {
  readonly mint: string
  readonly owner: string
  /** Raw units; withheld transfer fees are not among them. */
  readonly amount: bigint
  readonly state: (typeof STATES)[number]
}

export interface Mint {
  readonly decimals: number
  readonly initialized: boolean
  /** Raw bytes by extension type. */
  readonly extensions: ReadonlyMap<number, Uint8Array>
}

/** @throws LayoutError when the data is no token account. */
export function decodeTokenAccount(data: Uint8Array): TokenAccount {
  const what = "token account"
  const view = viewOf(what, data, ACCOUNT_LENGTH)
  if (data.length !== ACCOUNT_LENGTH) checkType(what, data, ACCOUNT_TYPE)
  const state = STATES[view.getUint8(108)]
  if (state === undefined) throw new LayoutError(what, `unknown state ${view.getUint8(108)}`)
  return { mint: keyAt(data, 0), owner: keyAt(data, KEY_LENGTH), amount: view.getBigUint64(64, true), state }
}

/** @throws LayoutError when the data is no mint. */
export function decodeMint(data: Uint8Array): Mint {
  const what = "mint"
  const view = viewOf(what, data, MINT_LENGTH)
  if (data.length !== MINT_LENGTH) checkType(what, data, MINT_TYPE)
  const initialized = view.getUint8(45)
  if (initialized > 1) throw new LayoutError(what, `initialised is ${initialized}`)
  return { decimals: view.getUint8(44), initialized: initialized === 1, extensions: extensionsOf(what, data) }
}

function checkType(what: string, data: Uint8Array, type: number): void {
  if (data.length === MULTISIG_LENGTH) throw new LayoutError(what, "it has the length of a multisig")
  const found = data[ACCOUNT_LENGTH]
  if (found !== type) throw new LayoutError(what, `${data.length} bytes with account type ${found ?? "missing"}`)
}

function extensionsOf(what: string, data: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const extensions = new Map<number, Uint8Array>()
  const view = viewOf(what, data, 0)
  for (let at = ACCOUNT_LENGTH + 1; at + 2 <= data.length; ) {
    const type = view.getUint16(at, true)
    // Type 0 is the padding up to the end.
    if (type === 0) break
    const length = at + 4 <= data.length ? view.getUint16(at + 2, true) : Number.POSITIVE_INFINITY
    if (at + 4 + length > data.length) throw new LayoutError(what, `extension ${type} reaches beyond the end`)
    if (extensions.has(type)) throw new LayoutError(what, `extension ${type} is there twice`)
    extensions.set(type, data.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return extensions
}
