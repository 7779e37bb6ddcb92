/**
 * The scenario methodologies that ship with the project, by name.
 */
import deribit from "./deribit.json" with { type: "json" }
import { type LoadedMethodology, loadMethodology } from "./methodology.js"
import paradex from "./paradex.json" with { type: "json" }
import pmrm1 from "./pmrm-1.json" with { type: "json" }
import pmrm2 from "./pmrm-2.json" with { type: "json" }
import srm from "./srm.json" with { type: "json" }
import tims from "./tims.json" with { type: "json" }

const DOCUMENTS = { deribit, paradex, "pmrm-1": pmrm1, "pmrm-2": pmrm2, srm, tims } as const
type ShippedMethodology = keyof typeof DOCUMENTS

export const SHIPPED_METHODOLOGIES: readonly ShippedMethodology[] = [
  "deribit",
  "paradex",
  "pmrm-1",
  "pmrm-2",
  "srm",
  "tims",
]

export const shippedMethodology = (name: ShippedMethodology): LoadedMethodology => loadMethodology(DOCUMENTS[name])
