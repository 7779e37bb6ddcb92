/**
 * Pyth's prices over HTTP, from a Hermes service: fresher than any chain's copy, and there when a chain is not.
 * What it says is taken as one more source's word: no signature is checked here, the median of the sources decides.
 */
import { z } from "zod"
import { price } from "../../aggregator/domain/fixed.js"
import type { PriceSource } from "../../aggregator/domain/ports.js"
import type { PriceDoubt, PriceObservation } from "../../aggregator/domain/reading.js"
import { ChainFault, faultOf } from "../chain-fault.js"
import { observedPrice } from "../pyth-price.js"
import { jsonResource } from "../reading/http-json.js"

export interface HermesSettings {
  /** Up to what stands before `/v2`. */
  readonly url: string
  /** Price key → Pyth feed id, `0x` and 64 hex digits; USD feeds only. */
  readonly feeds: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Sent as a bearer token. */
  readonly apiKey?: string | undefined
}

const integer = z
  .string()
  .regex(/^-?\d{1,30}$/)
  .transform(BigInt)
const published = z.object({
  price: integer,
  conf: integer,
  expo: z.int(),
  publish_time: z.int().nonnegative(),
})
const answerSchema = z.object({
  parsed: z.array(z.object({ id: z.string().regex(/^(0x)?[0-9a-f]{64}$/i), price: published })),
})

/** One observation a feed, in the order of the settings. */
export function hermes({ url, feeds, timeoutMs, apiKey }: HermesSettings): PriceSource {
  const entries = Object.entries(feeds)
  const query = new URLSearchParams([...entries.map(([, id]) => ["ids[]", id]), ["parsed", "true"]])
  const headers: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {}
  const latest = jsonResource(`${url.replace(/\/$/, "")}/v2/updates/price/latest?${query}`, headers, timeoutMs)
  const source = `hermes@${latest.host}`
  const unknown = (symbol: string, detail: string): PriceObservation => {
    const doubt: PriceDoubt = { code: "PRICE_UNAVAILABLE", detail }
    return { symbol, source, price: price(0n), confidence: price(0n), publishTime: 0, doubt }
  }

  return {
    async read(signal) {
      if (entries.length === 0) return []
      try {
        const answer = await latest.get(signal)
        if (!answer.ok) throw new ChainFault("RPC_UNAVAILABLE", reasonOf(answer.status, apiKey))
        const { data } = answerSchema.safeParse(answer.body)
        if (!data) throw new ChainFault("DECODE", "the answer has no price updates")
        const byId = new Map(data.parsed.map(update => [bare(update.id), update.price]))
        return entries.map(([symbol, id]): PriceObservation => {
          const found = byId.get(bare(id))
          return found ? observation(symbol, source, found, unknown) : unknown(symbol, `feed ${id} was not answered`)
        })
      } catch (error) {
        const { code, message } = faultOf(error)
        return entries.map(([symbol]) => unknown(symbol, `${code}: ${message}`))
      }
    },
  }
}

function observation(
  symbol: string,
  source: string,
  { price: mantissa, conf: confidence, expo: exponent, publish_time }: z.output<typeof published>,
  unknown: (symbol: string, detail: string) => PriceObservation,
): PriceObservation {
  try {
    return { symbol, source, ...observedPrice({ mantissa, confidence, exponent, publishTime: BigInt(publish_time) }) }
  } catch (error) {
    return unknown(symbol, faultOf(error).message)
  }
}

const bare = (id: string): string => id.toLowerCase().replace(/^0x/, "")

function reasonOf(status: number, apiKey: string | undefined): string {
  if (status !== 401 && status !== 403) return `HTTP ${status}`
  return apiKey
    ? `HTTP ${status}: the API key is not accepted`
    : `HTTP ${status}: it asks for an API key (PYTH_API_KEY)`
}
