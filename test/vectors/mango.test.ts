/** Mango v4's own health tests, under the shipped rules with that suite's weights. */
import { describe } from "vitest"
import { shippedKernel } from "../support/kernel.js"
import { itAgrees } from "../support/vectors.js"
import { mango } from "./formats/mango.js"
import vectors from "./mango.json" with { type: "json" }
import more from "./mango-more.json" with { type: "json" }

describe.each([vectors, more])("Mango v4 health", async document =>
  itAgrees(mango, document, await shippedKernel(), []),
)
