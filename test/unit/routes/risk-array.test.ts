import { beforeEach, describe, expect, it } from "vitest"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { riskArraySchema } from "../../../aggregator/routes/risk-array-schemas.js"
import { type Bench, EVM_ADDRESS, problemIn, snapshot, startBench } from "../../support/service.js"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
})

const arrays = async (id: string) => {
  const response = await bench.get(`/v1/accounts/${encodeURIComponent(id)}/margin/risk-array`)
  expect(response.status).toBe(200)
  return riskArraySchema.strict().parse(await response.json())
}

describe("risk arrays", () => {
  it("have one entry a scenario, and the unit's lowest is its scanning risk", async () => {
    const { health } = bench.assess(snapshot())
    const { scenarios, units, instruments } = await arrays(EVM_ADDRESS)
    expect(scenarios.map(each => each.number)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
    expect(scenarios[15]).toMatchObject({ volatility: null, weight: "0.33" })
    const [unit] = health[0]?.breakdown.units ?? []
    const lowest = units[0]?.pnl.map(parseDecimal).reduce((least, each) => (each < least ? each : least))
    expect(lowest).toBe(-(unit?.scanningRisk ?? 0n))
    expect(units[0]?.priceMoves.at(-1)).toBe("-0.45")
    expect(instruments).toMatchObject([{ instrument: "ETH-25DEC26-3200-C", quantity: "-5" }])
    // Five short: the book is −5 times +1 long.
    const held = instruments[0]?.pnl.map(each => -5n * parseDecimal(each))
    expect(held).toEqual(units[0]?.pnl.map(parseDecimal))
  })

  it("come with Greeks that add up, assets and debts included", async () => {
    bench.assess(snapshot())
    const { greeks, instruments } = await arrays("seller")
    const ether = greeks?.byUnderlying.find(each => each.underlying === "ETH")
    const option = instruments[0]?.greeks
    expect(parseDecimal(ether?.greeks.delta ?? "")).toBe(parseDecimal(option?.delta ?? "") + parseDecimal("1.25"))
    expect(ether?.greeks.vega).toBe(option?.vega)
    expect(greeks?.byExpiry.filter(each => each.underlying === "ETH").map(each => each.expiry)).toEqual([
      null,
      1_798_185_600,
    ])
  })

  it("are empty where there is no number", async () => {
    bench.assess(snapshot())
    expect(await arrays("lost")).toMatchObject({ status: "UNAVAILABLE", scenarios: [], units: [], greeks: null })
    expect(await problemIn(await bench.get("/v1/accounts/nobody/margin/risk-array"))).toMatchObject({ status: 404 })
  })
})
