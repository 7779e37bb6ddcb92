/** SPAN as published: the gold future's sixteen scenarios, and McMillan's portfolios aggregated from his own arrays. */
import { describe } from "vitest"
import { shippedKernel } from "../support/kernel.js"
import { itAgrees } from "../support/vectors.js"
import { span } from "./formats/span.js"
import vectors from "./span.json" with { type: "json" }

describe("SPAN", async () => itAgrees(span, vectors, await shippedKernel(), ["cme_gc_calendar_sep_jun26"]))
