/** SPAN as published: the gold future's sixteen scenarios, and McMillan's portfolios aggregated from his own arrays. */
import { describe } from "vitest"
import { shippedKernel } from "../support/kernel.js"
import { itAgrees } from "../support/vectors.js"
import { span } from "./formats/span.js"
import vectors from "./span.json" with { type: "json" }

describe("SPAN", async () =>
  itAgrees(span, vectors, await shippedKernel(), [
    "cme_inter_spread_corn_soy",
    "cme_intra_m2_m4",
    "cme_gc_calendar_sep_jun26",
    "cme_og_dec25_3700p_short",
  ]))
