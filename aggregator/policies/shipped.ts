/**
 * The margin policies that ship with the project, by name: the documents as they are hashed and forked.
 */
import deribit from "./deribit.json" with { type: "json" }
import es975 from "./es975.json" with { type: "json" }
import { type LoadedPolicy, loadPolicy } from "./load.js"
import okx from "./okx.json" with { type: "json" }
import paradex from "./paradex.json" with { type: "json" }
import plimsoll from "./plimsoll.json" with { type: "json" }
import pmrm1 from "./pmrm-1.json" with { type: "json" }
import pmrm2 from "./pmrm-2.json" with { type: "json" }
import span16 from "./span16.json" with { type: "json" }
import srm from "./srm.json" with { type: "json" }
import tims from "./tims.json" with { type: "json" }
import drift from "./weighted-health-drift.json" with { type: "json" }
import mango from "./weighted-health-mango.json" with { type: "json" }
import marginfi from "./weighted-health-marginfi.json" with { type: "json" }

export const POLICY_DOCUMENTS = {
  deribit,
  es975,
  okx,
  paradex,
  plimsoll,
  "pmrm-1": pmrm1,
  "pmrm-2": pmrm2,
  span16,
  srm,
  tims,
  "weighted-health-drift": drift,
  "weighted-health-mango": mango,
  "weighted-health-marginfi": marginfi,
} as const

export type ShippedPolicy = keyof typeof POLICY_DOCUMENTS
export const SHIPPED_POLICIES = Object.keys(POLICY_DOCUMENTS) as ShippedPolicy[]

const loaded = new Map<ShippedPolicy, LoadedPolicy>()

/** Parsed once, since requests may name one each. */
export function shippedPolicy(name: ShippedPolicy): LoadedPolicy {
  const known = loaded.get(name) ?? loadPolicy(POLICY_DOCUMENTS[name])
  loaded.set(name, known)
  return known
}
