/** Drift's weights and margins and marginfi's worked examples, under the shipped rules with those examples' weights. */
import { describe } from "vitest"
import { shippedKernel } from "../support/kernel.js"
import { itAgrees } from "../support/vectors.js"
import { health } from "./formats/health.js"
import vectors from "./health.json" with { type: "json" }

describe("Drift and marginfi health", async () => itAgrees(health, vectors, await shippedKernel(), []))
