/**
 * Prices of a Pyth contract, with the confidence interval that Pyth publishes beside each.
 * `getPriceUnsafe` returns the last price however old it is: age and width are for the policy to judge, not for the contract.
 */
import { decodeFunctionResult, encodeFunctionData, type Hex, type Address as Holder, parseAbi } from "viem"
import { z } from "zod"
import type { LegFault, PriceObservation } from "../../../aggregator/domain/reading.js"
import { observedPrice } from "../../pyth-price.js"
import { defineEvmAdapter, type EvmCall, type EvmCallResult } from "../adapter.js"
import { bytes32, evmAddress } from "../address.js"
import { decoded } from "../decoded.js"

const VENUE = "pyth"
const ABI = parseAbi([
  "struct Price { int64 price; uint64 conf; int32 expo; uint256 publishTime; }",
  "function getPriceUnsafe(bytes32 id) view returns (Price)",
])

export const pyth = defineEvmAdapter({
  name: VENUE,
  assetsOnly: true,
  settings: z.strictObject({
    contract: evmAddress,
    /** Price key → Pyth feed id; USD feeds only. */
    feeds: z.record(z.string().min(1), bytes32),
  }),
  create: ({ contract, feeds }, { chain }) => {
    const symbols = Object.keys(feeds)
    const calls = Object.values(feeds).map(id => priceCall(contract, id))
    return {
      venue: VENUE,
      *read() {
        const answers = yield calls
        const prices: PriceObservation[] = []
        const faults: LegFault[] = []
        symbols.forEach((symbol, index) => {
          const observed = priceIn(symbol, answers[index])
          if (observed.status === "ok") prices.push({ symbol, source: `${VENUE}@${chain}`, ...observed.value })
          else faults.push({ code: observed.code, venue: VENUE, unknown: "asset", detail: observed.detail })
        })
        return { addresses: [], prices, quotes: [], faults }
      },
    }
  },
})

const priceCall = (contract: Holder, id: Hex): EvmCall => ({
  to: contract,
  data: encodeFunctionData({ abi: ABI, functionName: "getPriceUnsafe", args: [id] }),
})

function priceIn(symbol: string, answer: EvmCallResult | undefined) {
  return decoded(`price of ${symbol}`, answer, (data: Hex) => {
    const published = decodeFunctionResult({ abi: ABI, functionName: "getPriceUnsafe", data })
    const { price: mantissa, conf: confidence, expo: exponent, publishTime } = published
    return observedPrice({ mantissa, confidence, exponent, publishTime })
  })
}
