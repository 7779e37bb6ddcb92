/**
 * The Pyth adapter answer by answer: what is a price, and what is said about everything else.
 */
import { describe, expect, it } from "vitest"
import type { SolanaAccount } from "../../../../../chains/solana/adapter.js"
import { pyth } from "../../../../../chains/solana/adapters/pyth.js"
import { CHAIN, drive, newKey, nodeWith, REFUSED } from "../../../../support/drive-solana-adapter.js"
import { encodePriceUpdate, type PublishedUpdate } from "../../../../support/price-update.js"

const RECEIVER = "rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"
const SOL_ID = "0xef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d"
const [account, other] = [newKey(), newKey()]
const SOL: PublishedUpdate = {
  verification: "full",
  feedId: SOL_ID,
  price: 21_566_287_725n,
  confidence: 20_134_469n,
  exponent: -8,
  publishTime: 1_735_984_087n,
}

const stored = (changes: Partial<PublishedUpdate> = {}, owner = RECEIVER): SolanaAccount => ({
  key: account,
  owner,
  lamports: 1n,
  data: encodePriceUpdate({ ...SOL, ...changes }),
})
const adapterOf = (settings: object = {}) =>
  pyth.create(pyth.settings.parse({ feeds: { SOL: { account, feedId: SOL_ID } }, ...settings }), {
    chain: CHAIN,
    assets: [],
  })
const reading = (stored: SolanaAccount, settings: object = {}) => drive(adapterOf(settings), [], nodeWith([stored]))
const priced = { prices: [{ symbol: "SOL" }], faults: [] }

describe("a full update", () => {
  it("is a price, exact at 18 decimals, with its confidence and its own time", () => {
    expect(reading(stored())).toEqual({
      addresses: [],
      prices: [
        {
          symbol: "SOL",
          source: `pyth@${CHAIN}`,
          price: 21_566_287_725n * 10n ** 10n,
          confidence: 20_134_469n * 10n ** 10n,
          publishTime: 1_735_984_087,
        },
      ],
      quotes: [],
      faults: [],
    })
  })

  it.each([0n, -1n])("is reported as the source says it, also at %i", price => {
    expect(reading(stored({ price })).prices).toMatchObject([{ price: price * 10n ** 10n }])
  })

  it("counts whatever writing of its id the settings have", () => {
    const feedId = `0x${SOL_ID.slice(2).toUpperCase()}`
    expect(reading(stored(), { feeds: { SOL: { account, feedId } } })).toMatchObject(priced)
  })
})

describe("a partly verified update", () => {
  it("does not count, however many signatures it has", () => {
    expect(reading(stored({ verification: 18 }))).toMatchObject({
      prices: [],
      faults: [{ code: "PRICE_INVALID", venue: "pyth", unknown: "asset" }],
    })
  })

  it("counts from the number on that the settings allow", () => {
    const price = SOL.price * 10n ** 10n
    expect(reading(stored({ verification: 5 }), { leastSignatures: 5 }).prices).toMatchObject([{ price }])
    expect(reading(stored({ verification: 4 }), { leastSignatures: 5 })).toMatchObject({ prices: [] })
    expect(reading(stored(), { leastSignatures: 5 })).toMatchObject(priced)
  })
})

it.each([
  ["another program's account", stored({}, newKey()), "DECODE"],
  ["another feed", stored({ feedId: `0x${"11".repeat(32)}` }), "DECODE"],
  ["an exponent that no price has", stored({ exponent: 19 }), "DECODE"],
  ["a time that is none", stored({ publishTime: -1n }), "DECODE"],
  ["half an account", { ...stored(), data: stored().data.subarray(0, 90) }, "DECODE"],
  ["no account", { ...stored(), key: other }, "NOT_DEPLOYED"],
])("%s is a fault and no price", (_, account, code) => {
  expect(reading(account)).toMatchObject({ prices: [], faults: [{ code, venue: "pyth", unknown: "asset" }] })
})

it("keeps what the node said of a read that it refuses", () => {
  expect(drive(adapterOf(), [], () => REFUSED)).toMatchObject({ prices: [], faults: [{ code: "RPC_UNAVAILABLE" }] })
})

it("takes another receiver program from the settings", () => {
  const program = newKey()
  expect(reading(stored({}, program), { program })).toMatchObject(priced)
})

it.each([
  { feeds: { SOL: { account: "no key", feedId: SOL_ID } } },
  // 32 characters of base58 that are not 32 bytes.
  { feeds: { SOL: { account: "z".repeat(32), feedId: SOL_ID } } },
  { feeds: { SOL: { account, feedId: SOL_ID.slice(2) } } },
  { feeds: { SOL: account } },
  { leastSignatures: 0 },
])("refuses the settings %o", wrong => {
  expect(pyth.settings.safeParse({ feeds: {}, ...wrong }).success).toBe(false)
})
