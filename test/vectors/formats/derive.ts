/**
 * Derive's portfolio and standard managers, every intermediate included.
 */
import { z } from "zod"
import { inexpressible, type VectorFormat } from "./format.js"

const Document = z.object({
  params: z.record(z.string(), z.unknown()),
  cases: z.array(z.object({ id: z.string(), engine: z.string() })).min(1),
})

export const derive: VectorFormat = {
  name: "derive",
  recognises: document => Document.safeParse(document).success,
  reports: document =>
    Document.parse(document).cases.map(({ id, engine }) =>
      inexpressible(id, `${engine} is not part of the engine yet`),
    ),
}
