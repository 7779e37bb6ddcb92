/**
 * The margin policies that ship with the project, by name.
 */
import { type LoadedPolicy, loadPolicy } from "./load.js"
import span16 from "./span16.json" with { type: "json" }

export const SHIPPED_POLICIES = ["span16"] as const
type ShippedPolicy = (typeof SHIPPED_POLICIES)[number]

const DOCUMENTS: Readonly<Record<ShippedPolicy, unknown>> = { span16 }

export const shippedPolicy = (name: ShippedPolicy): LoadedPolicy => loadPolicy(DOCUMENTS[name])
