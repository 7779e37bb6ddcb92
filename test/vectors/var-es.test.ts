/** Backtests and expected shortfall as printed. */
import { describe } from "vitest"
import { shippedKernel } from "../support/kernel.js"
import { itAgrees } from "../support/vectors.js"
import { varEs } from "./formats/var-es.js"
import vectors from "./var-es.json" with { type: "json" }
import more from "./var-es-more.json" with { type: "json" }

describe("VaR and ES", async () => {
  itAgrees(varEs, vectors, await shippedKernel(), [
    "mathworks_cc, LR",
    "github_matlab_458, LRcci",
    "github_matlab_458, LRcc",
  ])
})

describe("VaR and ES, further examples", async () => itAgrees(varEs, more, await shippedKernel(), []))
