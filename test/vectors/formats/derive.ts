/**
 * Derive's portfolio and standard managers, every intermediate included.
 */
import { z } from "zod"
import { checksOf } from "../scenario/derive.js"
import type { VectorFormat } from "./format.js"

const Document = z.object({
  params: z.record(z.string(), z.unknown()),
  cases: z.array(z.object({ id: z.string(), engine: z.string() })).min(1),
})

export const derive: VectorFormat = {
  name: "derive",
  recognises: document => Document.safeParse(document).success,
  reports: checksOf,
}
