import { beforeEach, describe, expect, it } from "vitest"
import { formatDecimal, parseDecimal } from "../../../aggregator/domain/decimal.js"
import { explainSchema } from "../../../aggregator/routes/explain-schemas.js"
import { type Bench, EVM_ADDRESS, problemIn, snapshot, startBench } from "../../support/service.js"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
})

const explained = async (id: string) => {
  const response = await bench.get(`/v1/accounts/${encodeURIComponent(id)}/margin/explain`)
  expect(response.status).toBe(200)
  return explainSchema.strict().parse(await response.json())
}
const sum = (amounts: readonly (string | undefined)[]) =>
  formatDecimal(amounts.reduce((total, each) => total + parseDecimal(each ?? ""), 0n))

describe("an explanation", () => {
  it("adds up to the figures that the account is margined with", async () => {
    const { health } = bench.assess(snapshot())
    const figures = health[0]?.figures
    const { equity, margin } = await explained("seller")
    expect(equity?.equity).toBe(formatDecimal(figures?.equity ?? 0n))
    expect(sum(equity?.lines.map(each => each.amount) ?? [])).toBe(equity?.equity)
    expect(sum(equity?.byChain.map(each => each.amount) ?? [])).toBe(equity?.equity)
    expect(margin?.maintenanceMargin).toBe(formatDecimal(figures?.maintenanceMargin ?? 0n))
    const parts = [...(margin?.positions ?? []), ...(margin?.additions ?? []), ...(margin?.lines ?? [])]
    expect(sum(parts.map(each => each.share))).toBe(margin?.maintenanceMargin)
  })

  it("names what haircuts took, by step", async () => {
    bench.assess(snapshot())
    const { equity } = await explained(EVM_ADDRESS)
    expect(equity?.byHaircut.map(each => each.name).sort()).toEqual(["asset", "confidence", "liability"])
    expect(equity?.byHaircut.every(each => each.amount.startsWith("-"))).toBe(true)
  })

  it("is null where there is no number, and not there before the first reading", async () => {
    expect(await problemIn(await bench.get("/v1/accounts/seller/margin/explain"))).toMatchObject({ status: 503 })
    bench.assess(snapshot())
    expect(await explained("lost")).toMatchObject({ status: "UNAVAILABLE", equity: null, margin: null })
    expect(await problemIn(await bench.get("/v1/accounts/nobody/margin/explain"))).toMatchObject({ status: 404 })
  })
})
