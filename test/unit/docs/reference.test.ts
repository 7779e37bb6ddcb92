import { readFile } from "node:fs/promises"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import { policyJsonSchema } from "../../../aggregator/policies/json-schema.js"
import { POLICY_DOCUMENTS, SHIPPED_POLICIES } from "../../../aggregator/policies/shipped.js"
import type { Schema } from "../../../aggregator/reference/operations.js"
import { fileOf, referenceFiles } from "../../support/reference.js"
import { startBench } from "../../support/service.js"
import { NOW } from "../../support/snapshots.js"

describe("the committed documents", () => {
  it.each(["openapi.json", "api.md", "policy.schema.json"])(
    "docs/%s says what the code does now (npm run docs writes it)",
    async name => {
      const written = (await referenceFiles()).get(name)
      expect(await readFile(fileOf(name), "utf8")).toBe(written)
    },
  )
})

describe("the OpenAPI document", () => {
  it("never asks a value to be null and something else at once", async () => {
    const document = JSON.parse((await referenceFiles()).get("openapi.json") ?? "")
    const all = schemasIn(document)
    const impossible = all.filter(({ allOf = [] }) => allOf.some(each => [each.type].flat().includes("null")))
    expect(impossible).toEqual([])
    // A name stands for one shape: whether it may be absent is said where it is used.
    const named = Object.entries<Schema>(document.components.schemas)
    expect(named.filter(([, { type }]) => [type].flat().includes("null")).map(([name]) => name)).toEqual([])
    expect(all.filter(({ anyOf = [] }) => anyOf.some(each => each.type === "null")).length).toBeGreaterThan(20)
  })

  it("describes an answer with nulls in it", async () => {
    const bench = await startBench()
    const document = await (await bench.get("/openapi.json")).json()
    const $defs = JSON.parse(
      JSON.stringify(document.components.schemas).replaceAll("#/components/schemas/", "#/$defs/"),
    )
    const simulated = z.fromJSONSchema({ $ref: "#/$defs/Simulated", $defs })
    const body = {
      collateral: [{ symbol: "USDC", amount: "1" }],
      market: { valuationTime: NOW, prices: { USDC: "1" } },
    }
    const answer = await (await bench.post("/v1/margin/simulate", body)).json()
    bench.stop()
    expect(answer).toMatchObject({ account: null, after: null, difference: null })
    expect(simulated.safeParse(answer).error).toBeUndefined()
    expect(simulated.safeParse({ ...answer, before: null }).success).toBe(false)
  })
})

/** Every object of the document, whatever it describes. */
function schemasIn(value: unknown): readonly Schema[] {
  if (typeof value !== "object" || value === null) return []
  return [value as Schema, ...Object.values(value).flatMap(schemasIn)]
}

describe("the policy schema", () => {
  const schema = z.fromJSONSchema(policyJsonSchema() as Parameters<typeof z.fromJSONSchema>[0])

  it.each(SHIPPED_POLICIES)("takes %s as it ships", name => {
    expect(schema.safeParse(POLICY_DOCUMENTS[name]).error).toBeUndefined()
  })

  it.each([
    ["a field nobody knows", { colour: "red" }],
    ["a decimal that is a number", { collateral: { ETH: [{ upTo: null, haircut: 0.1 }] } }],
    ["no methodology", { methodology: undefined }],
  ])("refuses %s", (_, wrong) => {
    expect(schema.safeParse({ ...POLICY_DOCUMENTS.span16, ...wrong }).success).toBe(false)
  })
})

describe("/docs", () => {
  it("names every call and every type, runs no script and fetches nothing from elsewhere", async () => {
    const bench = await startBench()
    const document = await (await bench.get("/openapi.json")).json()
    const page = await bench.get("/docs")
    const text = await page.text()
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"])
    for (const [path, methods] of Object.entries<object>(document.paths)) {
      for (const method of Object.keys(methods)) expect(text).toContain(`${method.toUpperCase()} ${path}`)
    }
    const anchors = [...text.matchAll(/href="#([^"]+)"/g)].map(match => match[1])
    for (const anchor of anchors) expect(text).toContain(`id="${anchor}"`)
    expect(text).not.toMatch(/<script|https?:\/\/|style=/)
    const style = await bench.get("/docs/style.css")
    expect([style.status, style.headers.get("content-type")]).toEqual([200, "text/css; charset=UTF-8"])
    bench.stop()
  })
})
