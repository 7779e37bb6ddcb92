/**
 * Base58 as Solana prints signatures, secret keys and filter bytes.
 * `PublicKey` covers 32-byte keys only, and nothing else here needs a library.
 */
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

/** Leading zero bytes become leading `1`s. */
export function encodeBase58(bytes: Uint8Array): string {
  let value = BigInt(`0x0${Buffer.from(bytes).toString("hex")}`)
  let text = ""
  for (; value > 0n; value /= 58n) text = ALPHABET.charAt(Number(value % 58n)) + text
  return ALPHABET.charAt(0).repeat(leading(bytes, byte => byte === 0)) + text
}

/** @throws RangeError on a character outside the alphabet. */
export function decodeBase58(text: string): Uint8Array {
  let value = 0n
  for (const character of text) {
    const digit = ALPHABET.indexOf(character)
    if (digit < 0) throw new RangeError(`"${character}" is not a base58 digit`)
    value = value * 58n + BigInt(digit)
  }
  const hex = value === 0n ? "" : value.toString(16)
  const zeros = leading([...text], character => character === ALPHABET.charAt(0))
  return Uint8Array.from(Buffer.from("00".repeat(zeros) + (hex.length % 2 ? "0" : "") + hex, "hex"))
}

function leading<Item>(items: ArrayLike<Item>, matches: (item: Item) => boolean): number {
  const first = Array.from(items).findIndex(item => !matches(item))
  return first < 0 ? items.length : first
}
