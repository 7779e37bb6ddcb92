/**
 * Prices of Chainlink-style aggregators, one contract a feed.
 * Such a feed gives no confidence interval, and its price may be a heartbeat old: `updatedAt` travels with it.
 */
import { decodeFunctionResult, encodeFunctionData, parseAbi } from "viem"
import { z } from "zod"
import { DECIMALS, price } from "../../../aggregator/domain/fixed.js"
import type { LegFault, PriceObservation } from "../../../aggregator/domain/reading.js"
import { defineEvmAdapter, type EvmCallResult } from "../adapter.js"
import { evmAddress } from "../address.js"
import { type Decoded, decoded } from "../decoded.js"

const VENUE = "chainlink"
const ABI = parseAbi([
  "function decimals() view returns (uint8)",
  "function latestRoundData() view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)",
])
const DECIMALS_CALL = encodeFunctionData({ abi: ABI, functionName: "decimals" })
const ROUND_CALL = encodeFunctionData({ abi: ABI, functionName: "latestRoundData" })

type Observed = Pick<PriceObservation, "price" | "confidence" | "publishTime">

export const chainlink = defineEvmAdapter({
  name: VENUE,
  assetsOnly: true,
  settings: z.strictObject({
    /** Price key → aggregator (proxy) address; USD feeds only. */
    feeds: z.record(z.string().min(1), evmAddress),
  }),
  create: ({ feeds }, { chain }) => ({
    venue: VENUE,
    *read() {
      const symbols = Object.keys(feeds)
      const answers = yield Object.values(feeds).flatMap(to => [
        { to, data: DECIMALS_CALL },
        { to, data: ROUND_CALL },
      ])
      const prices: PriceObservation[] = []
      const faults: LegFault[] = []
      symbols.forEach((symbol, index) => {
        const observed = priceIn(symbol, answers[2 * index], answers[2 * index + 1])
        if (observed.status === "ok") prices.push({ symbol, source: `${VENUE}@${chain}`, ...observed.value })
        else faults.push({ code: observed.code, venue: VENUE, unknown: "asset", detail: observed.detail })
      })
      return { addresses: [], prices, quotes: [], faults }
    },
  }),
})

/** Zero and negative answers pass: the source said so, and whoever combines the sources rejects it with a reason. */
function priceIn(
  symbol: string,
  decimalsAnswer: EvmCallResult | undefined,
  roundAnswer: EvmCallResult | undefined,
): Decoded<Observed> {
  const unit = decoded(`decimals of ${symbol}`, decimalsAnswer, data => {
    const decimals = decodeFunctionResult({ abi: ABI, functionName: "decimals", data })
    if (decimals > DECIMALS) throw new RangeError(`${decimals} decimals are more than ${DECIMALS}`)
    return 10n ** BigInt(DECIMALS - decimals)
  })
  if (unit.status === "fault") return unit
  return decoded(`price of ${symbol}`, roundAnswer, data => {
    const [, answer, , updatedAt] = decodeFunctionResult({ abi: ABI, functionName: "latestRoundData", data })
    if (updatedAt > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`update time ${updatedAt} is no time`)
    // An unfinished round says 0, which is as old as can be and so never passes for fresh.
    return { price: price(answer * unit.value), confidence: price(0n), publishTime: Number(updatedAt) }
  })
}
