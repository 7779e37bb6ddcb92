import { describe, expect, it } from "vitest"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { price } from "../../../aggregator/domain/fixed.js"
import type { PriceObservation } from "../../../aggregator/domain/reading.js"
import { combinePrices, type PriceContext } from "../../../aggregator/pipeline/combine-prices.js"
import { span16 } from "../../support/policies.js"
import { NOW } from "../../support/snapshots.js"

const dollars = (text: string) => price(parseDecimal(text))
const said = (source: string, at: string, also: Partial<PriceObservation> = {}): PriceObservation => ({
  symbol: "ETH",
  source,
  price: dollars(at),
  confidence: price(0n),
  publishTime: NOW - 10,
  ...also,
})
const context = (also: Partial<PriceContext> = {}): PriceContext => ({
  rules: span16.prices,
  valuationTime: NOW,
  lastAccepted: new Map(),
  ...also,
})
const combineOne = (observations: PriceObservation[], also: Partial<PriceContext> = {}) => {
  const [combined] = combinePrices(observations, context(also))
  if (!combined) throw new Error("nothing was combined")
  return combined
}
const rejections = (observations: PriceObservation[], also: Partial<PriceContext> = {}) =>
  combineOne(observations, also).rejected.map(({ source, code }) => [source, code])

describe("combinePrices", () => {
  it("takes the median of an odd number of sources", () => {
    expect(combineOne([said("a", "3010"), said("b", "3000"), said("c", "3005")])).toMatchObject({
      status: "ok",
      price: dollars("3005"),
    })
  })

  it("takes the mean of the middle two, rounded down, and widens the confidence by their distance", () => {
    const combined = combineOne([said("a", "3000"), said("b", "3000.000000000000000003")])
    expect(combined).toMatchObject({ price: dollars("3000.000000000000000001"), confidence: 2n })
  })

  it.each([
    ["zero", said("bad", "0"), "PRICE_INVALID"],
    ["negative", said("bad", "-3000"), "PRICE_INVALID"],
    ["stale", said("bad", "3000", { publishTime: NOW - 121 }), "PRICE_STALE"],
    ["from the future", said("bad", "3000", { publishTime: NOW + 61 }), "PRICE_INVALID"],
    ["wide", said("bad", "3000", { confidence: dollars("61") }), "PRICE_WIDE"],
  ] as const)("rejects a price that is %s and keeps the others", (_, bad, code) => {
    expect(rejections([bad, said("good", "3000")])).toEqual([["bad", code]])
    expect(combineOne([bad, said("good", "3000")])).toMatchObject({ status: "ok", sources: ["good"] })
    expect(combineOne([bad])).toMatchObject({ status: "unavailable" })
  })

  it("rejects a source 100 times off and keeps the two that agree", () => {
    expect(rejections([said("a", "3000"), said("b", "3001"), said("liar", "300000")])).toEqual([
      ["liar", "PRICE_DEVIATES"],
    ])
  })

  it("believes neither of two sources that contradict each other", () => {
    expect(combineOne([said("a", "3000"), said("b", "3600")])).toMatchObject({ status: "unavailable" })
  })

  it("rejects a jump beyond the velocity bound until enough time has passed", () => {
    const lastAccepted = new Map([["ETH", { price: dollars("3000"), publishTime: NOW - 20 }]])
    expect(combineOne([said("a", "4000")], { lastAccepted })).toMatchObject({ status: "unavailable" })
    expect(rejections([said("a", "4000")], { lastAccepted })).toEqual([["a", "PRICE_VELOCITY"]])
    const earlier = new Map([["ETH", { price: dollars("3000"), publishTime: NOW - 110 }]])
    expect(combineOne([said("a", "4000")], { lastAccepted: earlier })).toMatchObject({ status: "ok" })
  })
})
