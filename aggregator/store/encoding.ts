/**
 * Values of the domain as stored text and bytes, and back: JSON that keeps `bigint` and `Map`, compressed where it is large.
 */
import { promisify } from "node:util"
import { constants, gunzip, gzip } from "node:zlib"

/** Marks what JSON has no word for; a string that begins with it by itself is marked too. */
const MARK = "~"

/** `undefined` members are left out, as JSON does. */
export function toText(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === "bigint") return `${MARK}n${each}`
    if (typeof each === "string" && each.startsWith(MARK)) return `${MARK}s${each}`
    if (each instanceof Map) return { [`${MARK}map`]: [...each] }
    return each
  })
}

/** The type is the writer's word: only texts of `toText` are read. */
export function fromText<T>(text: string): T {
  return JSON.parse(text, (_, each: unknown) => {
    if (typeof each === "string" && each.startsWith(MARK)) {
      return each[1] === "n" ? BigInt(each.slice(2)) : each.slice(2)
    }
    if (typeof each === "object" && each !== null && `${MARK}map` in each) {
      return new Map(each[`${MARK}map`] as [unknown, unknown][])
    }
    return each
  })
}

const compress = promisify(gzip)
const expand = promisify(gunzip)

const LEVEL = 4

/** Text or bytes as stored bytes. */
export const packed = (plain: string | Uint8Array): Promise<Uint8Array> => compress(plain, { level: LEVEL })

/** What `packed` stored: bytes, or a text's as UTF-8. */
export const unpacked = (bytes: Uint8Array): Promise<Buffer> => expand(bytes)

/** What is told by the first bytes of what `packed` stored, as far as they go. */
export const unpackedBeginning = (bytes: Uint8Array): Promise<Buffer> =>
  expand(bytes, { finishFlush: constants.Z_SYNC_FLUSH })

export const toBytes = (value: unknown): Promise<Uint8Array> => packed(toText(value))

export async function fromBytes<T>(bytes: Uint8Array): Promise<T> {
  return fromText((await unpacked(bytes)).toString("utf8"))
}
