import { describe, expect, it } from "vitest"
import type { ApiDocument, Schema } from "../../../aggregator/reference/operations.js"
import { openDatabase } from "../../../aggregator/store/database.js"
import { AccountRegistry } from "../../../aggregator/store/registry.js"
import { webhookStore } from "../../../aggregator/store/webhooks.js"
import { evmSignatureCheck } from "../../../chains/evm/sign-in.js"
import { attestationOf } from "../../support/attestation.js"
import { problemIn, snapshot, startBench } from "../../support/service.js"
import { CHAIN, NOW } from "../../support/snapshots.js"

const REQUESTS = 10_000
const SEED = 20_261_125
const ADMIN_TOKEN = "of-the-administrator"

/** Uniform in [0, 1), the same sequence for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Texts that the service knows, nearly knows, and never wants to see. */
const TEXTS = [
  "seller",
  "empty",
  "ETH",
  "USDC",
  "BTC",
  "span16",
  "ETH-25DEC26-3200-C",
  "eip155:1337",
  "1",
  "2",
  "3",
  "-5",
  "0.1",
  "eip155:1337:0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f",
  "create",
  "https://alerts.example/hook",
  "link",
  `0x${"ab".repeat(32)}`,
  "",
  " ",
  "null",
  "-1",
  "1e9",
  "NaN",
  "999999999999999999.999999999999999999",
  "0".repeat(300),
  "../../etc/passwd",
  "%00",
  "'; drop table links; --",
  "__proto__",
  "constructor",
  "\u0000",
  "\ud800",
  "🦑",
  "ETH-31FEB26-0-C",
  "18446744073709551616",
] // prettier-ignore
const STRANGE: readonly unknown[] = [null, true, 0, -1, 1.5, 1e308, 2 ** 53, [], {}, [[]], ""]

describe("the service under 10,000 requests made from its own document", () => {
  it("never fails, and says of every refusal what is wrong", async () => {
    const { db, close } = await openDatabase({ kind: "memory" })
    const clock = { now: () => NOW }
    const webhooks = {
      store: webhookStore(db),
      targets: { allowPrivateTargets: false },
      owners: { allowPrivateTargets: false, maxPerAccount: 5 },
      clock,
      adminToken: ADMIN_TOKEN,
    }
    const registry = await AccountRegistry.open(db, [], { maxAccounts: 10, maxAddresses: 3 })
    const check = evmSignatureCheck(CHAIN, "http://127.0.0.1:1")
    const linking = { registry, checks: new Map([[CHAIN, check]]), clock, origin: () => "http://localhost" }
    const bench = await startBench({ webhooks, linking })
    const assessment = bench.assess(snapshot())
    for (const epoch of [1n, 2n, 3n]) await bench.book.recordEpoch(attestationOf(3, epoch, NOW), assessment)
    const api: ApiDocument = await (await bench.get("/openapi.json")).json()
    const random = randomFrom(SEED)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
    const chance = (share: number) => random() < share

    const resolved = (schema: Schema): Schema =>
      schema.$ref ? (api.components?.schemas?.[schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)] ?? {}) : schema

    /** A value of the schema, as far as types go; now and then something else. */
    function valueFor(given: Schema | undefined, depth: number): unknown {
      if (!given || depth > 8 || chance(0.03)) return pick(STRANGE)
      const schema = resolved(given)
      if (schema.const !== undefined && chance(0.9)) return schema.const
      if (schema.enum) return chance(0.9) ? pick(schema.enum) : pick(TEXTS)
      const several = schema.anyOf ?? schema.oneOf
      if (several) return valueFor(pick(several), depth + 1)
      if (schema.allOf) return valueFor(schema.allOf[0], depth + 1)
      const type = Array.isArray(schema.type) ? pick(schema.type) : schema.type
      if (type === "array")
        return Array.from({ length: Math.floor(random() * 4) }, () => valueFor(schema.items, depth + 1))
      if (type === "object") return objectOf(schema, depth)
      if (type === "integer" || type === "number") return pick([0, 1, 2, 60, 1_795_000_000, -1, 1.5, 1e20])
      if (type === "boolean") return chance(0.5)
      return type === "null" ? null : pick(TEXTS)
    }

    function objectOf({ properties = {}, required = [], additionalProperties }: Schema, depth: number): object {
      const fields = Object.entries(properties).filter(([name]) => chance(required.includes(name) ? 0.98 : 0.5))
      const known = fields.map(([name, schema]) => [name, valueFor(schema, depth + 1)])
      const open = typeof additionalProperties === "object" ? additionalProperties : undefined
      const more = open ? [pick(TEXTS), pick(TEXTS)].map(name => [name, valueFor(open, depth + 1)]) : []
      return Object.fromEntries([...known, ...more, ...(chance(0.03) ? [[pick(TEXTS), 1]] : [])])
    }

    const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    )
    const seen = new Map<string, number>()
    for (let count = 0; count < REQUESTS; count++) {
      const { path, method, operation } = pick(operations)
      const { parameters = [], requestBody } = operation
      const query = parameters.filter(each => each.in === "query" && chance(0.6))
      const search = query.map(each => `${each.name}=${encoded(queryText(valueFor(each.schema, 0)))}`).join("&")
      const place = path.replaceAll(/\{[^}]+\}/g, () => encoded(pick(TEXTS)) || "x")
      const schema = requestBody?.content["application/json"]?.schema
      const body = schema && (chance(0.97) ? JSON.stringify(valueFor(schema, 0)) : pick(TEXTS))
      const headers = {
        "content-type": chance(0.97) ? "application/json" : pick(["text/plain", "", "application/json; charset=x"]),
        ...(chance(0.1) && { "last-event-id": encoded(pick(TEXTS)), "if-none-match": '"x"' }),
        ...(chance(0.1) && { "idempotency-key": encoded(pick(TEXTS)) }),
        authorization: `Bearer ${chance(0.1) ? encoded(pick(TEXTS)) : ADMIN_TOKEN}`,
      }
      const target = `${place}${search && `?${search}`}`
      const response = await bench.get(target, { method, headers, ...(body !== undefined && { body }) })
      const told = `request ${count}: ${method} ${target} ${body?.slice(0, 500)}`
      expect(bench.faults, told).toEqual([])
      expect(response.status, told).toBeLessThan(500)
      if (response.status >= 400) await problemIn(response)
      else if (response.headers.get("content-type")?.startsWith("text/event-stream")) await response.body?.cancel()
      else await response.arrayBuffer()
      const outcome = `${method} ${path} ${response.status < 400}`
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
    }
    // Had it only ever been refused, little would have been tried.
    const reading = operations.filter(each => each.method === "GET" && !each.path.includes("{"))
    for (const { path } of reading) expect(seen.get(`GET ${path} true`), path).toBeGreaterThan(0)
    expect(seen.get("POST /v1/margin/simulate true")).toBeGreaterThan(0)
    bench.stop()
    await close()
  })
})

const queryText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/** Percent-encoded; a half of a surrogate pair has no encoding and is left out. */
const encoded = (text: string): string => encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, "")) // lone or not
