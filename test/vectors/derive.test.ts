/** Derive's managers, reproduced from policy documents alone. */
import { describe } from "vitest"
import { shippedKernel } from "../support/kernel.js"
import { itAgrees } from "../support/vectors.js"
import vectors from "./derive.json" with { type: "json" }
import { derive } from "./formats/derive.js"

describe("derive", async () => itAgrees(derive, vectors, await shippedKernel(), []))
