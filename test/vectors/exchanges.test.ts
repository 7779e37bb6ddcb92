/** Margins as exchanges document them. */
import { describe } from "vitest"
import { shippedKernel } from "../support/kernel.js"
import { itAgrees } from "../support/vectors.js"
import vectors from "./exchanges.json" with { type: "json" }
import { exchanges } from "./formats/exchanges.js"

describe("exchanges", async () => itAgrees(exchanges, vectors, await shippedKernel(), []))
