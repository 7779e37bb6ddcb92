/**
 * Decoding marginfi's accounts: what mainnet holds, what we wrote ourselves, and what is neither.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeAccount, decodeBank, decodeProgramFees } from "../../../../../chains/solana/adapters/marginfi-layout.js"
import { LayoutError } from "../../../../../chains/solana/layout.js"
import { decodePriceUpdate } from "../../../../../chains/solana/price-update.js"
import { withAccountDumps } from "../../../../support/account-dumps.js"
import { newKey } from "../../../../support/drive-solana-adapter.js"
import { encodeAccount, encodeBank, encodeGroup, fixed } from "../../../../support/marginfi-accounts.js"

const MAIN_GROUP = "4qp6Fx6tnZkY5Wropq9wUYgtFxXKwE6viZxFHg3rdAG8"
const STAGING_PROGRAM = "2jGhuVUuy3umdzByFx8sNWUAaf5vaeuDm78RDPEnhrMr"
const ratioOf = (value: bigint) => Number(value) / 2 ** 48

describe("accounts of mainnet", () => {
  withAccountDumps(dumps => {
    it.each([
      [
        "bank_sample_1",
        "J1toso1uCk3RLmjorhTtrVwY9HJ7X8V9yYac6Y7kGCPn",
        9,
        1.000561264812955,
        1.007376747267159,
        0.0804,
      ],
      ["bonk_bank", "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263", 5, 1.0001406941855997, 1.012013113783098, 0.01176],
    ])("%s is a bank in operation whose shares have grown", (name, mint, decimals, asset, liability, utilization) => {
      const bank = decodeBank(dumps(name).data)
      expect(bank).toMatchObject({ mint, decimals, group: MAIN_GROUP, state: 1, assetTag: 0, flags: 0n })
      expect(ratioOf(bank.assetShareValue)).toBeCloseTo(asset, 12)
      expect(ratioOf(bank.liabilityShareValue)).toBeCloseTo(liability, 12)
      const borrowed = (ratioOf(bank.totalLiabilityShares) * liability) / (ratioOf(bank.totalAssetShares) * asset)
      expect(borrowed).toBeCloseTo(utilization, 4)
      const { curve, isBounded, fees } = bank.interest
      expect(isBounded).toBe(false)
      expect(curve.map(({ utilization }) => ratioOf(utilization))).toEqual([0, expect.closeTo(0.8, 10), 1])
      expect(curve.map(({ rate }) => ratioOf(rate))[2]).toBe(3)
      expect(ratioOf(fees.fixed)).toBeCloseTo(0.01, 10)
    })

    it.each([
      ["marginfi_account_sample_1", "Dq7wypbedtaqQK9QqEFvfrxc4ppfRGXCeTVd7ee7n2jw", MAIN_GROUP, 4, 3],
      ["marginfi_account_sample_2", "3T1kGHp7CrdeW9Qj1t8NMc2Ks233RyvzVhoaUPWoBEFK", MAIN_GROUP, 1, 0],
      [
        "gappy_user3",
        "J5TXjZFLDRHJyivYpxmdu38izekJUvRnDnzvY2PZ2krF",
        "4ksRznjYZiXgZLpyDWi9ndPoi8zJE7XztEQZxAFonffX",
        2,
        1,
      ],
    ])("%s is an account of its owner with its deposits and debts", (name, authority, group, deposits, debts) => {
      const account = decodeAccount(dumps(name).data)
      expect(account).toMatchObject({ authority, group, flags: 0n })
      expect(account.balances.filter(({ assetShares }) => assetShares > 0n)).toHaveLength(deposits)
      expect(account.balances.filter(({ liabilityShares }) => liabilityShares > 0n)).toHaveLength(debts)
    })

    it("gappy_user3 has empty places between its balances", () => {
      const { owner, data } = dumps("gappy_user3")
      expect(owner).toBe(STAGING_PROGRAM)
      expect(
        decodeAccount(data).balances.map(({ assetShares, liabilityShares }) => [assetShares, liabilityShares]),
      ).toEqual([
        [fixed(10_000_000n), 0n],
        [fixed(1_000_000_000n), 0n],
        [0n, fixed(1_000_000n)],
      ])
    })

    it("sol_pyth_price_feed is SOL at 215.68137069 ± 0.20134469, fully verified", () => {
      expect(decodePriceUpdate(dumps("sol_pyth_price_feed").data)).toEqual({
        feedId: "0xef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d",
        verification: "full",
        mantissa: 21_568_137_069n,
        confidence: 20_134_469n,
        exponent: -8,
        publishTime: 1_735_984_087n,
      })
    })

    it("none is taken for another", () => {
      const decoders = [decodeAccount, decodeBank, decodeProgramFees, decodePriceUpdate]
      for (const [name, own] of [
        ["bank_sample_1", decodeBank],
        ["gappy_user3", decodeAccount],
        ["sol_pyth_price_feed", decodePriceUpdate],
      ] as const) {
        for (const decode of decoders.filter(one => one !== own)) {
          expect(() => decode(dumps(name).data)).toThrow(LayoutError)
        }
      }
    })
  })
})

const ENCODED: readonly (readonly [string, (data: Uint8Array) => unknown, Uint8Array])[] = [
  ["account", decodeAccount, encodeAccount({ authority: newKey() })],
  ["bank", decodeBank, encodeBank({ mint: newKey(), decimals: 6 })],
  ["group", decodeProgramFees, encodeGroup()],
]

describe.each(ENCODED)("a marginfi %s", (_, decode, data) => {
  it("of any other length, or that begins otherwise, is none", () => {
    expect(() => decode(data)).not.toThrow()
    expect(() => decode(data.subarray(0, -1))).toThrow(LayoutError)
    expect(() => decode(Uint8Array.from([...data, 0]))).toThrow(LayoutError)
    expect(() => decode(data.with(0, 0))).toThrow(LayoutError)
    expect(() => decode(new Uint8Array())).toThrow(LayoutError)
  })

  it("with any bytes behind its beginning decodes or is none", () => {
    const length = data.length - 8
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), noise => {
        try {
          decode(Uint8Array.from([...data.subarray(0, 8), ...noise]))
        } catch (error) {
          expect(error).toBeInstanceOf(LayoutError)
        }
      }),
      { numRuns: 200 },
    )
  })
})

it("random accounts never hold more than sixteen balances nor a negative share", () => {
  const start = Buffer.from("43b2826d7e721c2a", "hex")
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2304, maxLength: 2304 }), noise => {
      // The sign of every share is cleared: what is left can be an account.
      for (let at = 72 - 8; at < 1736 - 8; at += 104) for (const sign of [55, 71]) noise[at + sign] = 0
      const { balances } = decodeAccount(Uint8Array.from([...start, ...noise]))
      expect(balances.length).toBeLessThanOrEqual(16)
      for (const { assetShares, liabilityShares } of balances) {
        expect(assetShares).toBeGreaterThanOrEqual(0n)
        expect(liabilityShares).toBeGreaterThanOrEqual(0n)
      }
    }),
    { numRuns: 100 },
  )
})
