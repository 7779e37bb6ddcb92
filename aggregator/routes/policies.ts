/**
 * `/v1/policies` and `/v1/wasm`: the documents that an attestation commits to, by hash, so that anybody can re-compute it.
 */
import { createRoute, z } from "@hono/zod-openapi"
import { NotPublishedError } from "../domain/errors.js"
import { hashParameter, policyRef } from "./schemas.js"
import { bytesOf, createRouter, jsonOf, problem, type Service } from "./service.js"

const listedPolicy = z
  .object({
    ...policyRef.shape,
    inUse: z.boolean().openapi({ description: "Whether this service margins and attests by it" }),
  })
  .openapi("ListedPolicy")

export const policyListSchema = z.object({ policies: z.array(listedPolicy) }).openapi("PolicyList")

const listPolicies = createRoute({
  method: "get",
  path: "/v1/policies",
  summary: "The margin policies, those in use and those that ship, by name and hash",
  responses: { 200: jsonOf(policyListSchema, "The policies") },
})

const byHash = { request: { params: z.object({ hash: hashParameter }) } }
const refusals = { 400: problem("That is no hash"), 404: problem("Not published here") }

const readPolicy = createRoute({
  method: "get",
  path: "/v1/policies/{hash}",
  summary: "A policy document: the bytes whose SHA-256 is the hash",
  ...byHash,
  responses: { 200: bytesOf("application/json", "The document, canonical JSON"), ...refusals },
})

const readWasm = createRoute({
  method: "get",
  path: "/v1/wasm/{hash}",
  summary: "A Wasm module: the bytes whose SHA-256 is the hash",
  ...byHash,
  responses: { 200: bytesOf("application/wasm", "The module"), ...refusals },
})

export function policyRoutes({ published, show }: Service) {
  return createRouter()
    .openapi(listPolicies, context => {
      const policies = [...published.policies.values()].map(({ policy, hash }) => ({
        name: policy.name,
        version: policy.version,
        hash,
        inUse: hash === show.policy.hash,
      }))
      return context.json({ policies }, 200)
    })
    .openapi(readPolicy, context => {
      const { hash } = context.req.valid("param")
      const policy = published.policies.get(hash)
      if (!policy) throw new NotPublishedError(`policy ${hash}`)
      return context.body(policy.text, 200, { ...FOREVER, "content-type": "application/json" })
    })
    .openapi(readWasm, context => {
      const { hash } = context.req.valid("param")
      if (published.wasm.hash !== hash) throw new NotPublishedError(`the Wasm module ${hash}`)
      return context.body(new Uint8Array(published.wasm.bytes), 200, { ...FOREVER, "content-type": "application/wasm" })
    })
}

/** What a hash names never changes. */
const FOREVER = { "cache-control": "public, max-age=31536000, immutable" }
