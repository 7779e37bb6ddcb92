/**
 * What an address holds itself: the gas coin and the ERC-20s that the chain's configuration lists.
 * A token that does not answer is an unknown asset and counts nothing; it never hides the others.
 */
import { decodeFunctionResult, encodeFunctionData, type Hex, type Address as Holder, parseAbi } from "viem"
import { z } from "zod"
import { addressOn } from "../../../aggregator/domain/caip.js"
import { quantityFromRaw } from "../../../aggregator/domain/fixed.js"
import type { CollateralLeg } from "../../../aggregator/domain/leg.js"
import type { AddressReading, LegFault } from "../../../aggregator/domain/reading.js"
import { defineEvmAdapter, type EvmAsset, type EvmCall, type EvmCallResult, type EvmChainFacts } from "../adapter.js"
import { assetIdOf } from "../asset-id.js"
import { decoded } from "../decoded.js"

const VENUE = "wallet"
const ABI = parseAbi([
  "function balanceOf(address owner) view returns (uint256)",
  "function getEthBalance(address owner) view returns (uint256)",
])

export const wallet = defineEvmAdapter({
  name: VENUE,
  settings: z.strictObject({}),
  create: (_, facts) => ({
    venue: VENUE,
    *read(holders) {
      const balances = yield holders.flatMap(holder => facts.assets.map(asset => balanceCall(facts, asset, holder)))
      const addresses = holders.map((holder, row) => {
        const first = row * facts.assets.length
        return holdingsOf(facts, holder, balances.slice(first, first + facts.assets.length))
      })
      return { addresses, prices: [], quotes: [], faults: [] }
    },
  }),
})

function balanceCall({ multicall3 }: EvmChainFacts, { address }: EvmAsset, holder: Holder): EvmCall {
  return address === "native"
    ? { to: multicall3, data: encodeFunctionData({ abi: ABI, functionName: "getEthBalance", args: [holder] }) }
    : { to: address, data: encodeFunctionData({ abi: ABI, functionName: "balanceOf", args: [holder] }) }
}

function holdingsOf(
  { chain, assets }: EvmChainFacts,
  holder: Holder,
  balances: readonly EvmCallResult[],
): AddressReading {
  const legs: CollateralLeg[] = []
  const faults: LegFault[] = []
  assets.forEach((asset, column) => {
    const { symbol, decimals } = asset
    const balance = decoded(`balance of ${symbol}`, balances[column], balanceIn)
    if (balance.status === "fault") {
      faults.push({ code: balance.code, venue: VENUE, unknown: "asset", detail: balance.detail })
    } else if (balance.value > 0n) {
      const amount = quantityFromRaw(balance.value, decimals, "down")
      legs.push({ kind: "collateral", chain, venue: VENUE, asset: assetIdOf(chain, asset), symbol, amount })
    }
  })
  return { address: addressOn(chain, holder), legs, faults, native: [] }
}

const balanceIn = (data: Hex): bigint => decodeFunctionResult({ abi: ABI, functionName: "balanceOf", data })
