/** Backtests and expected shortfall as printed. */
import { describe, expect, it } from "vitest"
import { conditionalCoverage, independence, proportionOfFailures } from "../../aggregator/insight/backtest.js"
import { shippedKernel } from "../support/kernel.js"
import { itAgrees } from "../support/vectors.js"
import { varEs } from "./formats/var-es.js"
import vectors from "./var-es.json" with { type: "json" }

describe("VaR and ES", async () => {
  itAgrees(varEs, vectors, await shippedKernel(), [
    "mathworks_cc, LR",
    "github_matlab_458, LRcci",
    "github_matlab_458, LRcc",
  ])

  it("combines MathWorks' two tests, whose transitions only its documentation has", () => {
    // mathworks.com varbacktest.cci, EquityIndex, Normal95: 1,043 observations, 1,042 transitions.
    const independent = independence({ n00: 932, n01: 53, n10: 53, n11: 4 })
    const joint = conditionalCoverage(proportionOfFailures(1043, 57, 0.05), independent)
    expect(joint).toMatchObject({ degrees: 2 })
    expect(joint.statistic).toBeCloseTo(0.72013, 5)
    expect(joint.pValue).toBeCloseTo(0.69763, 5)
  })
})
