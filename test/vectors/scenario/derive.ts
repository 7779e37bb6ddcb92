/**
 * Every case of Derive's file, by the methodology it is margined under.
 */
import { z } from "zod"
import type { Kernel } from "../../../wasm-core/kernel.js"
import { type CaseReport, inexpressible } from "../formats/format.js"
import { portfolioReport1, portfolioReport2 } from "./derive-portfolio.js"
import { standardReport } from "./derive-standard.js"

const Document = z.object({
  params: z.record(z.string(), z.unknown()),
  cases: z.array(z.looseObject({ id: z.string(), engine: z.string() })),
})

export function checksOf(document: unknown, kernel: Kernel): CaseReport[] {
  const { params, cases } = Document.parse(document)
  return cases.map(given => {
    if (given.engine === "PMRM_2") return portfolioReport2(given, params, kernel)
    if (given.engine === "PMRM_1") return portfolioReport1(given, kernel)
    if (given.engine === "SRM") return standardReport(given, kernel)
    return inexpressible(given.id, `no methodology is called ${given.engine}`)
  })
}
