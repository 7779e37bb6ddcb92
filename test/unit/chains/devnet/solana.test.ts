/**
 * The small parts of the local Solana: base58, error translation, account history.
 */
import { Keypair } from "@solana/web3.js"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { AccountHistory } from "../../../../chains/devnet/solana/account-history.js"
import { describeTransactionError, parseVariant } from "../../../../chains/devnet/solana/transaction-error.js"
import { decodeBase58, encodeBase58 } from "../../../../chains/solana/base58.js"

describe("base58", () => {
  it("is what web3.js prints", () => {
    for (let round = 0; round < 20; round++) {
      const { publicKey } = Keypair.generate()
      expect(encodeBase58(publicKey.toBytes())).toBe(publicKey.toBase58())
    }
  })

  it("decodes what it encodes, leading zeros included", () => {
    fc.assert(
      fc.property(fc.nat(4), fc.uint8Array({ maxLength: 70 }), (zeros, tail) => {
        const bytes = Uint8Array.from([...new Array(zeros).fill(0), ...tail])
        expect(decodeBase58(encodeBase58(bytes))).toEqual(bytes)
      }),
    )
    expect(encodeBase58(new Uint8Array(3))).toBe("111")
    expect(() => decodeBase58("0")).toThrow(RangeError)
  })
})

describe("transaction errors", () => {
  it.each([
    ["AccountNotFound", "AccountNotFound", "Account not found"],
    [
      "InstructionError(0, Custom(1))",
      { InstructionError: [0, { Custom: 1 }] },
      "Error processing Instruction 0: custom program error: 0x1",
    ],
    [
      "InstructionError(2, InvalidSeeds)",
      { InstructionError: [2, "InvalidSeeds"] },
      'Error processing Instruction 2: "InvalidSeeds"',
    ],
    ["DuplicateInstruction(3)", { DuplicateInstruction: 3 }, '{"DuplicateInstruction":3}'],
    [
      "InsufficientFundsForRent { account_index: 1 }",
      { InsufficientFundsForRent: { account_index: 1 } },
      '{"InsufficientFundsForRent":{"account_index":1}}',
    ],
  ])("%s", (debug, error, text) => {
    expect(parseVariant(debug)).toEqual(error)
    expect(describeTransactionError(parseVariant(debug))).toBe(text)
  })

  it("of an unknown form are not guessed", () => {
    expect(() => parseVariant("[1, 2]")).toThrow(SyntaxError)
  })
})

describe("account history", () => {
  const account = (lamports: bigint) => ({
    lamports,
    owner: "o",
    data: new Uint8Array(),
    executable: false,
    rentEpoch: 0n,
  })

  it("shows each slot its last change, and forgets only what no slot asked for can see", () => {
    const history = new AccountHistory()
    history.record("k", 0, null)
    history.record("k", 5, account(1n))
    history.record("k", 5, account(2n))
    history.record("k", 8, null)
    const seen = () => [4, 5, 7, 8, 99].map(slot => history.at("k", slot)?.lamports)
    expect(seen()).toEqual([undefined, 2n, 2n, undefined, undefined])
    history.forgetBefore(5)
    expect(seen()).toEqual([undefined, 2n, 2n, undefined, undefined])
    history.forgetBefore(9)
    expect(history.at("k", 7)).toBeNull()
    expect(history.at("unknown", 7)).toBeUndefined()
  })
})
