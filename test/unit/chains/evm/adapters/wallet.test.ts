import { getAddress, type Address as Holder } from "viem"
import { expect, test } from "vitest"
import { addressOn } from "../../../../../aggregator/domain/caip.js"
import type { EvmAsset, EvmCall, EvmCallResult } from "../../../../../chains/evm/adapter.js"
import { wallet } from "../../../../../chains/evm/adapters/wallet.js"
import { CHAIN, drive, FACTS } from "../../../../support/drive-evm-adapter.js"
import { wordResult } from "../scripted-node.js"

const holder = (digit: string): Holder => getAddress(`0x${digit.repeat(40)}`)
const ALICE = holder("1")
const BOB = holder("2")
const USDC: EvmAsset = { address: holder("a"), symbol: "USDC", decimals: 6 }
const RAY: EvmAsset = { address: holder("b"), symbol: "RAY", decimals: 27 }
const ETH: EvmAsset = { address: "native", symbol: "ETH", decimals: 18 }
const POL: EvmAsset = { address: "native", symbol: "POL", decimals: 18, coinType: 966 }

const walletOf = (...assets: EvmAsset[]) => wallet.create({}, { ...FACTS, assets })
/** Answers balances from a table of token → holder → raw amount. */
const balances =
  (table: Record<string, Record<string, bigint>>) =>
  ({ to, data }: EvmCall): EvmCallResult =>
    wordResult(table[to]?.[getAddress(`0x${data.slice(-40)}`)] ?? 0n)

test("reads the gas coin and each token of each holder at the chain's own decimals", () => {
  const { addresses } = drive(
    walletOf(ETH, USDC),
    [ALICE, BOB],
    balances({ [FACTS.multicall3]: { [ALICE]: 15n * 10n ** 17n }, [USDC.address]: { [ALICE]: 1n, [BOB]: 2_500_000n } }),
  )
  const usdc = {
    kind: "collateral",
    chain: CHAIN,
    venue: "wallet",
    symbol: "USDC",
    asset: `eip155:1/erc20:${USDC.address}`,
  }
  expect(addresses).toEqual([
    {
      address: addressOn(CHAIN, ALICE),
      legs: [
        { ...usdc, symbol: "ETH", asset: "eip155:1/slip44:60", amount: 15n * 10n ** 17n },
        { ...usdc, amount: 10n ** 12n },
      ],
      faults: [],
      native: [],
    },
    { address: addressOn(CHAIN, BOB), legs: [{ ...usdc, amount: 25n * 10n ** 17n }], faults: [], native: [] },
  ])
})

test("more than 18 decimals are rounded down", () => {
  const { addresses } = drive(walletOf(RAY), [ALICE], balances({ [RAY.address]: { [ALICE]: 1_999_999_999n } }))
  expect(addresses[0]?.legs).toMatchObject([{ amount: 1n }])
})

test("the gas coin's id follows its coin type", () => {
  const { addresses } = drive(walletOf(POL), [ALICE], balances({ [FACTS.multicall3]: { [ALICE]: 1n } }))
  expect(addresses[0]?.legs).toMatchObject([{ asset: "eip155:1/slip44:966" }])
})

test.each<[EvmCallResult, string]>([
  [{ status: "empty" }, "NOT_DEPLOYED"],
  [{ status: "reverted", data: "0x" }, "CALL_REVERTED"],
  [{ status: "ok", data: "0x01" }, "DECODE"],
  [wordResult(2n ** 128n), "DECODE"],
  [wordResult(2n ** 256n - 1n), "DECODE"],
])("a token that answers %o is an unknown asset and hides nothing else", (answer, code) => {
  const ask = (call: EvmCall) => (call.to === USDC.address ? answer : wordResult(9n))
  const { addresses } = drive(walletOf(ETH, USDC), [ALICE], ask)
  expect(addresses[0]?.legs).toMatchObject([{ symbol: "ETH", amount: 9n }])
  expect(addresses[0]?.faults).toMatchObject([{ code, venue: "wallet", unknown: "asset" }])
})
