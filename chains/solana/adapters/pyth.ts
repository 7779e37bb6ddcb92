/**
 * Prices of Pyth's receiver program on Solana, one account a feed, with the confidence interval beside each.
 * Only updates that the receiver verified in full count; age and width are for the policy to judge.
 */
import { z } from "zod"
import type { LegFault, PriceObservation } from "../../../aggregator/domain/reading.js"
import { ChainFault } from "../../chain-fault.js"
import { observedPrice } from "../../pyth-price.js"
import { defineSolanaAdapter, type SolanaRead, type SolanaReadResult } from "../adapter.js"
import { decodedAccount, refusal } from "../decoded.js"
import { solanaKey } from "../key.js"
import { decodePriceUpdate, type PriceUpdate } from "../price-update.js"

const VENUE = "pyth"
const MAINNET_RECEIVER = "rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"

const feedId = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "must be 0x and 64 hex digits")
  .toLowerCase()

const settings = z.strictObject({
  /** Pyth's receiver program. */
  program: solanaKey.default(MAINNET_RECEIVER),
  /** Price key → account and Pyth feed id; USD feeds only. The id is checked: anybody can put any feed into an account. */
  feeds: z.record(z.string().min(1), z.strictObject({ account: solanaKey, feedId })),
  /** Take partly verified updates that have this many guardian signatures; without it none of them. */
  leastSignatures: z.int().min(1).max(255).exactOptional(),
})

type Settings = z.output<typeof settings>
type Feed = Settings["feeds"][string]

export const pyth = defineSolanaAdapter({
  name: VENUE,
  assetsOnly: true,
  settings,
  create: (settings, { chain }) => {
    const feeds = Object.entries(settings.feeds)
    return {
      venue: VENUE,
      *read() {
        const answers = yield feeds.map(([, { account }]): SolanaRead => ({ kind: "accounts", keys: [account] }))
        const prices: PriceObservation[] = []
        const faults: LegFault[] = []
        feeds.forEach(([symbol, feed], index) => {
          const observed = priceIn(settings, symbol, feed, answers[index])
          if (observed.status === "ok") prices.push({ symbol, source: `${VENUE}@${chain}`, ...observed.value })
          else faults.push({ code: observed.code, venue: VENUE, unknown: "asset", detail: observed.detail })
        })
        return { addresses: [], prices, quotes: [], faults }
      },
    }
  },
})

function priceIn(settings: Settings, symbol: string, feed: Feed, result: SolanaReadResult | undefined) {
  const what = `price of ${symbol}`
  if (result?.status === "refused") return refusal(what, result)
  return decodedAccount(what, result?.accounts[0], settings.program, data => {
    const update = decodePriceUpdate(data)
    if (update.feedId !== feed.feedId) throw new RangeError(`is feed ${update.feedId}, not ${feed.feedId}`)
    if (!isVerified(update, settings.leastSignatures)) {
      throw new ChainFault("PRICE_INVALID", `only ${update.verification} guardian signatures were verified`)
    }
    return observedPrice(update)
  })
}

const isVerified = ({ verification }: PriceUpdate, least = Number.POSITIVE_INFINITY): boolean =>
  verification === "full" || verification >= least
