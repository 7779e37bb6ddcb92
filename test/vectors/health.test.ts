/** Drift's weights and margins and marginfi's worked examples, under the shipped rules with those examples' weights. */
import { describe } from "vitest"
import { shippedKernel } from "../support/kernel.js"
import { itAgrees } from "../support/vectors.js"
import { health } from "./formats/health.js"
import vectors from "./health.json" with { type: "json" }
import more from "./health-more.json" with { type: "json" }

describe.each([vectors, more])("Drift and marginfi health", async document =>
  itAgrees(health, document, await shippedKernel(), []),
)
