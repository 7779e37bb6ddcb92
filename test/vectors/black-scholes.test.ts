/** Prices and Greeks printed by others, and what the kernel says to a forward or strike of zero. */
import { describe, expect, it } from "vitest"
import { shippedKernel } from "../support/kernel.js"
import { itAgrees } from "../support/vectors.js"
import vectors from "./black-scholes.json" with { type: "json" }
import { blackScholes, EdgeCase, edgeOption, presentValue } from "./formats/black-scholes.js"

describe("Black-Scholes", async () => {
  const kernel = await shippedKernel()
  itAgrees(blackScholes, vectors, kernel, [])

  it("covers all 44 cases and both edge cases", () => {
    expect(blackScholes.reports(vectors, kernel)).toHaveLength(46)
  })

  it.each(vectors.edge_cases.map(given => EdgeCase.parse(given)))("F = $F, K = $K is refused", given => {
    const code = given.F === 0 ? "SPOT_INVALID" : "STRIKE_INVALID"
    for (const kind of [1, 2] as const)
      expect(() => presentValue(edgeOption(given, kind, 0), kernel)).toThrow(expect.objectContaining({ code }))
  })
})
