/** SPAN as published: the gold future's sixteen scenarios, and McMillan's portfolios aggregated from his own arrays. */
import { beforeAll, describe, expect, it } from "vitest"
import { z } from "zod"
import type { Kernel } from "../../wasm-core/kernel.js"
import { bookRows, instrumentColumns, shippedKernel, scenarioColumns } from "../support/kernel.js"
import vectors from "./span.json" with { type: "json" }

const Array16 = z.array(z.number()).length(16)
const McMillan = z.object({ pnl: Array16, requirement: z.number() })
const GoldFuture = z.object({
  inputs: z.object({
    psr: z.number(),
    cvf: z.number(),
    extreme_multiplier: z.number(),
    extreme_cover: z.number(),
    settlement: z.number(),
  }),
  expected: z.object({ array: Array16, scan_risk_long: z.number(), scan_risk_short: z.number() }),
})

const find = (id: string) => vectors.cases.find(given => given.id === id)

let kernel: Kernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

describe("CME gold future, September 2025", () => {
  const { inputs, expected } = GoldFuture.parse(find("cme_gc_sep25_array"))
  const published = vectors.scenarios

  /** USD per ounce that one dollar per contract is. */
  const tick = 1 / inputs.cvf

  const repriced = () => {
    const extremes: Record<string, number> = { "+X": inputs.extreme_multiplier, "-X": -inputs.extreme_multiplier }
    const rangeOfPrice = inputs.psr / inputs.cvf / inputs.settlement
    const scenarios = published.price_fraction.map((fraction, j) => ({
      priceMove: (typeof fraction === "number" ? fraction : (extremes[fraction] ?? Number.NaN)) * rangeOfPrice,
      volatilityFactor: 1,
      volatilityShift: 0,
      timeRoll: 0,
      weight: published.weight[j] === "C" ? inputs.extreme_cover : 1,
    }))
    const future = { kind: 0, carry: 0, rate: 0, strike: 0, volatility: 0, timeToExpiry: 0 } as const
    return kernel.riskArrays(
      instrumentColumns([{ ...future, spot: inputs.settlement }]),
      scenarioColumns(scenarios),
      tick,
    ).pnl
  }

  it("has the published risk array", () => {
    // CME prints losses of one long, the kernel its P&L.
    expect([...repriced()]).toEqual(expected.array.map(loss => 0 - loss))
  })

  it("has the published scan risk, long and short", () => {
    const { pnl } = kernel.worstScenarios(
      repriced(),
      16,
      bookRows([[{ instrument: 0, lots: 1 }], [{ instrument: 0, lots: -1 }]]),
    )
    expect([...pnl]).toEqual([-expected.scan_risk_long, -expected.scan_risk_short])
  })
})

describe("McMillan's covered write", () => {
  const future = McMillan.parse(find("mcmillan_long_future"))
  const call = McMillan.parse(find("mcmillan_long_410_call"))
  const coveredWrite = McMillan.parse(find("mcmillan_covered_write"))
  const write = [
    { instrument: 0, lots: 1 },
    { instrument: 1, lots: -1 },
  ]

  it("requires what he prints, and so does each leg", () => {
    const { pnl, scenario } = kernel.worstScenarios(
      Float64Array.of(...future.pnl, ...call.pnl),
      16,
      bookRows([[{ instrument: 0, lots: 1 }], [{ instrument: 1, lots: 1 }], write]),
    )
    expect([...pnl]).toEqual([-future.requirement, -call.requirement, -coveredWrite.requirement])
    expect([...scenario]).toEqual([12, 13, coveredWrite.pnl.indexOf(-coveredWrite.requirement)])
  })

  it("nets to his array scenario by scenario", () => {
    const net = coveredWrite.pnl.map((_, j) => {
      const table = Float64Array.of(future.pnl[j] ?? Number.NaN, call.pnl[j] ?? Number.NaN)
      return kernel.worstScenarios(table, 1, bookRows([write])).pnl[0]
    })
    expect(net).toEqual(coveredWrite.pnl)
  })
})
