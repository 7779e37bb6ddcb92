import { createHash } from "node:crypto"
import { beforeEach, describe, expect, it } from "vitest"
import { SHIPPED_POLICIES, shippedPolicy } from "../../../aggregator/policies/shipped.js"
import { policyListSchema } from "../../../aggregator/routes/policies.js"
import { kernelBytes } from "../../support/kernel.js"
import { type Bench, problemIn, startBench } from "../../support/service.js"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
})
const sha256 = (bytes: Uint8Array) => `0x${createHash("sha256").update(bytes).digest("hex")}`
const bytesAt = async (path: string) => new Uint8Array(await (await bench.get(path)).arrayBuffer())

describe("what an attestation commits to, by hash", () => {
  it("lists the policy in use first, then all that ship, and gives each by its hash", async () => {
    const { policies } = policyListSchema.strict().parse(await (await bench.get("/v1/policies")).json())
    const { policy, hash } = shippedPolicy("span16")
    expect(policies[0]).toEqual({ name: "span16", version: policy.version, hash, inUse: true })
    expect(policies.filter(each => each.inUse)).toHaveLength(1)
    const shipped = SHIPPED_POLICIES.map(each => shippedPolicy(each).hash)
    expect(policies.map(each => each.hash).toSorted()).toEqual(shipped.toSorted())
    for (const each of policies) expect(sha256(await bytesAt(`/v1/policies/${each.hash}`))).toBe(each.hash)
  })

  it("gives a policy as the bytes that its hash is of", async () => {
    const { hash } = shippedPolicy("span16")
    expect(sha256(await bytesAt(`/v1/policies/${hash}`))).toBe(hash)
  })

  it("gives the Wasm module as the bytes that its hash is of", async () => {
    const hash = sha256(await kernelBytes())
    const response = await bench.get(`/v1/wasm/${hash}`)
    expect(response.headers.get("content-type")).toBe("application/wasm")
    expect(sha256(new Uint8Array(await response.arrayBuffer()))).toBe(hash)
  })

  it.each(["policies", "wasm"])("is a 404 for a hash of nothing: %s", async kind => {
    const unknown = await bench.get(`/v1/${kind}/0x${"00".repeat(32)}`)
    expect(await problemIn(unknown)).toMatchObject({ status: 404, code: "NOT_PUBLISHED" })
    expect(await problemIn(await bench.get(`/v1/${kind}/span16`))).toMatchObject({ code: "INVALID_INPUT" })
  })
})
