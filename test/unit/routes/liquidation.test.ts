import { beforeEach, describe, expect, it } from "vitest"
import { liquidationSchema } from "../../../aggregator/routes/liquidation-schemas.js"
import { type Bench, EVM_ADDRESS, fieldsIn, problemIn, snapshot, startBench } from "../../support/service.js"
import { accountOf, collateral, option } from "../../support/snapshots.js"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
})

const liquidation = async (id: string, query = "") => {
  const response = await bench.get(`/v1/accounts/${encodeURIComponent(id)}/liquidation${query}`)
  expect(response.status).toBe(200)
  return liquidationSchema.strict().parse(await response.json())
}
/** The short call with too little beside it. */
const short = () =>
  snapshot({
    accounts: [
      accountOf([option("ETH-25DEC26-3200-C", "-5"), collateral("USDC", "2500")], { addresses: [EVM_ADDRESS] }),
    ],
  })

describe("liquidation of a healthy account", () => {
  it("has bands on the side it is short, no plan, and null where there is none", async () => {
    bench.assess(snapshot())
    const { bands, plan, topUp } = await liquidation(EVM_ADDRESS)
    expect(bands?.map(each => each.symbol)).toEqual(["ETH", "USDC"])
    const [ether] = bands ?? []
    expect(ether?.bands).toHaveLength(1)
    expect([ether?.nearestBelow, Number(ether?.nearestAbove) > 3000]).toEqual([null, true])
    expect(ether?.undecided).toEqual([])
    expect(plan).toEqual({
      status: "none-needed",
      steps: [],
      cost: null,
      largestFirstCost: null,
      shortfall: null,
      after: null,
    })
    expect(topUp).toMatchObject({ status: "none-needed", target: "liquidationEnd", total: null })
  })
})

describe("liquidation of an account short of margin", () => {
  it("has a plan of closes, and a top-up to the margin that is asked for", async () => {
    bench.assess(short())
    const { status, plan, topUp, costs } = await liquidation("book")
    expect(status).toBe("LIQUIDATABLE")
    expect(plan).toMatchObject({ status: "planned", steps: [{ kind: "close", subject: "ETH-25DEC26-3200-C" }] })
    expect(Number(plan.steps[0]?.amount)).toBeGreaterThan(0)
    expect(topUp).toMatchObject({ status: "planned", steps: [{ kind: "deposit", symbol: "USDC" }] })
    expect(costs).toEqual({ name: "usual", version: 1 })
    const { topUp: larger } = await liquidation("book", "?target=initial")
    expect(Number(larger.total)).toBeGreaterThan(Number(topUp.total))
  })

  it("counts as restored when what the plan says is done", async () => {
    bench.assess(short())
    const { topUp } = await liquidation("book")
    const changes = { collateral: topUp.steps.map(({ symbol, amount, chain }) => ({ symbol, amount, chain })) }
    const response = await bench.post("/v1/margin/simulate", { account: "book", changes })
    expect(await response.json()).toMatchObject({ after: { status: "MARGIN_CALL" } })
  })
})

describe("liquidation", () => {
  it("is unavailable where there is no number", async () => {
    bench.assess(snapshot())
    expect(await liquidation("lost")).toMatchObject({
      status: "UNAVAILABLE",
      bands: null,
      plan: { status: "unavailable" },
      topUp: { status: "unavailable" },
    })
  })

  it("follows the next assessment", async () => {
    bench.assess(snapshot())
    expect((await liquidation("seller")).plan.status).toBe("none-needed")
    bench.assess({ ...short(), accounts: short().accounts.map(each => ({ ...each, id: "seller" })) })
    expect((await liquidation("seller")).plan.status).toBe("planned")
  })

  it("refuses a target that is none", async () => {
    bench.assess(snapshot())
    const response = await bench.get("/v1/accounts/seller/liquidation?target=profit")
    expect(await fieldsIn(response)).toEqual([["/target", "INVALID_VALUE"]])
    expect(await problemIn(await bench.get("/v1/accounts/nobody/liquidation"))).toMatchObject({ status: 404 })
  })
})
