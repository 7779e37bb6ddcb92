/**
 * Whether a rollup's sequencer runs, as Chainlink's uptime feed says. While it is down, and for a while after, prices
 * on the rollup are of another time than the market's: none of them is to be used.
 */
import { decodeFunctionResult, encodeFunctionData, parseAbi } from "viem"
import { z } from "zod"
import type { LegFault } from "../../../aggregator/domain/reading.js"
import { defineEvmAdapter, type EvmCallResult } from "../adapter.js"
import { evmAddress } from "../address.js"
import { decoded } from "../decoded.js"

const VENUE = "sequencer"
const ABI = parseAbi([
  "function latestRoundData() view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)",
])
const ROUND_CALL = encodeFunctionData({ abi: ABI, functionName: "latestRoundData" })
/** The feed's answer for a sequencer that runs. */
const UP = 0n

export const sequencer = defineEvmAdapter({
  name: VENUE,
  assetsOnly: true,
  settings: z.strictObject({
    /** Chainlink's sequencer uptime feed (proxy) on this chain. */
    feed: evmAddress,
    /** Seconds after a restart in which prices do not count yet: feeds have to catch up. */
    graceSeconds: z.int().min(0).default(3_600),
  }),
  create: ({ feed, graceSeconds }) => ({
    venue: VENUE,
    *read(_, pin) {
      const [answer] = yield [{ to: feed, data: ROUND_CALL }]
      const detail = troubleIn(answer, pin.timestamp, graceSeconds)
      if (detail === undefined) return { addresses: [], prices: [], quotes: [], faults: [] }
      const fault: LegFault = { code: "PRICE_INVALID", venue: VENUE, unknown: "asset", detail }
      return { addresses: [], prices: [], quotes: [], faults: [fault], priceDoubt: { code: "PRICE_SEQUENCER", detail } }
    },
  }),
})

/** @param now the pinned block's time, Unix seconds. */
function troubleIn(answer: EvmCallResult | undefined, now: number, graceSeconds: number): string | undefined {
  const round = decoded("the sequencer's state", answer, data => {
    const [, state, startedAt] = decodeFunctionResult({ abi: ABI, functionName: "latestRoundData", data })
    return { isUp: state === UP, startedAt }
  })
  if (round.status === "fault") return round.detail
  const { isUp, startedAt } = round.value
  if (!isUp) return "the sequencer is down"
  // A feed that has not heard from its parent chain yet says 0.
  if (startedAt === 0n) return "the sequencer's feed has not begun"
  const since = BigInt(now) - startedAt
  if (since < BigInt(graceSeconds)) return `the sequencer is up for ${since} s, ${graceSeconds} s are needed`
  return undefined
}
