/**
 * What an address holds itself: the gas coin and the ERC-20s that the chain's configuration lists.
 * A token that does not answer is an unknown asset and counts nothing; it never hides the others.
 */
import { type Hex, type Address as Holder, toFunctionSelector } from "viem"
import { z } from "zod"
import { addressOn } from "../../../aggregator/domain/caip.js"
import { quantityFromRaw } from "../../../aggregator/domain/fixed.js"
import type { CollateralLeg } from "../../../aggregator/domain/leg.js"
import type { AddressReading, LegFault } from "../../../aggregator/domain/reading.js"
import { defineEvmAdapter, type EvmCall, type EvmCallResult, type EvmChainFacts } from "../adapter.js"
import { assetIdOf } from "../asset-id.js"
import { decoded } from "../decoded.js"
import { tokenAmount } from "../token-amount.js"
import { uintIn, withAddress } from "../words.js"

const VENUE = "wallet"
const BALANCE_OF = toFunctionSelector("balanceOf(address)")
/** Multicall3's view of the gas coin. */
const GET_ETH_BALANCE = toFunctionSelector("getEthBalance(address)")

export const wallet = defineEvmAdapter({
  name: VENUE,
  assetsOnly: true,
  settings: z.strictObject({}),
  create: (_, facts) => ({
    venue: VENUE,
    countsTokens: true,
    *read(holders) {
      const balances = yield holders.flatMap(holder => balanceCalls(facts, holder))
      const addresses = holders.map((holder, row) => {
        const first = row * facts.assets.length
        return holdingsOf(facts, holder, balances.slice(first, first + facts.assets.length))
      })
      return { addresses, prices: [], quotes: [], faults: [] }
    },
  }),
})

function balanceCalls({ multicall3, assets }: EvmChainFacts, holder: Holder): readonly EvmCall[] {
  const nativeBalance = withAddress(GET_ETH_BALANCE, holder)
  const tokenBalance = withAddress(BALANCE_OF, holder)
  return assets.map(({ address }) =>
    address === "native" ? { to: multicall3, data: nativeBalance } : { to: address, data: tokenBalance },
  )
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

const balanceIn = (data: Hex): bigint => tokenAmount(uintIn(data))
