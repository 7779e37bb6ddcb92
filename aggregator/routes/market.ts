/**
 * `/v1/chains` and `/v1/prices`: how fresh and how final what the service reads is, and where its prices come from.
 */
import { createRoute, z } from "@hono/zod-openapi"
import { formatDecimal } from "../domain/decimal.js"
import type { MarketPrice } from "../domain/snapshot.js"
import { latestOf } from "./account-id.js"
import { chainStateSchema, decimal, orNull, unixSeconds } from "./schemas.js"
import { createRouter, jsonOf, problem, type Service } from "./service.js"
import { chainView } from "./views.js"

const chainsSchema = z.object({ valuationTime: unixSeconds, chains: z.array(chainStateSchema) }).openapi("ChainList")

const priceSchema = z
  .object({
    symbol: z.string(),
    price: orNull(decimal, "USD; null when no source could be used"),
    confidence: orNull(decimal, "Half width of the interval, USD"),
    publishTime: unixSeconds.nullable(),
    age: z.number().int().nullable().openapi({ description: "Seconds before the valuation time" }),
    sources: z.array(z.string()),
    rejected: z.array(z.object({ source: z.string(), code: z.string(), detail: z.string() })),
  })
  .openapi("MarketPrice")
const pricesSchema = z.object({ valuationTime: unixSeconds, prices: z.array(priceSchema) }).openapi("PriceList")

const notYet = { 503: problem("No chain has been read yet") }

const listChains = createRoute({
  method: "get",
  path: "/v1/chains",
  summary: "Every chain as it was last read: pin, age, finality, input grade, and what was wrong",
  responses: { 200: jsonOf(chainsSchema, "The chains"), ...notYet },
})

const listPrices = createRoute({
  method: "get",
  path: "/v1/prices",
  summary: "Every price in use, its sources, and the sources that were rejected and why",
  responses: { 200: jsonOf(pricesSchema, "The prices"), ...notYet },
})

export function marketRoutes({ book, show }: Service) {
  return createRouter()
    .openapi(listChains, context => {
      const { valuationTime, chains } = latestOf(book).snapshot
      return context.json({ valuationTime, chains: chains.map(state => chainView(state, valuationTime, show)) }, 200)
    })
    .openapi(listPrices, context => {
      const { valuationTime, prices } = latestOf(book).snapshot
      return context.json({ valuationTime, prices: prices.map(each => priceView(each, valuationTime)) }, 200)
    })
}

function priceView(each: MarketPrice, valuationTime: number): z.output<typeof priceSchema> {
  const rejected = each.rejected.map(({ source, code, detail }) => ({ source, code, detail }))
  if (each.status !== "ok") {
    return { symbol: each.symbol, price: null, confidence: null, publishTime: null, age: null, sources: [], rejected }
  }
  return {
    symbol: each.symbol,
    price: formatDecimal(each.price),
    confidence: formatDecimal(each.confidence),
    publishTime: each.publishTime,
    age: Math.max(0, valuationTime - each.publishTime),
    sources: [...each.sources],
    rejected,
  }
}
