import { beforeEach, describe, expect, it } from "vitest"
import { z } from "zod"
import { readinessSchema } from "../../../aggregator/routes/probes.js"
import { type Bench, problemIn, snapshot, startBench } from "../../support/service.js"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
})

describe("probes", () => {
  it("/livez answers before anything was read", async () => {
    const response = await bench.get("/livez")
    expect([response.status, await response.json()]).toEqual([200, { alive: true }])
  })

  it("/readyz is 200 while every check passes", async () => {
    const response = await bench.get("/readyz")
    expect(response.status).toBe(200)
    expect(readinessSchema.strict().parse(await response.json()).ready).toBe(true)
  })

  it("/readyz is 503 and names the check that fails", async () => {
    const checks = [
      { name: "margin", ok: true, detail: "1 s ago" },
      { name: "publication", ok: false, detail: "no epoch published yet" },
    ]
    const waiting = await startBench({ readiness: () => checks })
    const response = await waiting.get("/readyz")
    expect(response.status).toBe(503)
    expect(readinessSchema.strict().parse(await response.json())).toEqual({ ready: false, checks })
  })
})

describe("what does not exist", () => {
  it.each([
    "/nothing",
    "/v1",
    "/v1/accounts/",
    "/v1/accounts/seller",
    "/v2/accounts",
    "/v1/accounts/seller/margin/more",
  ])("%s is a 404 problem", async path => {
    bench.assess(snapshot())
    expect(await problemIn(await bench.get(path))).toMatchObject({ status: 404, code: "NOT_FOUND" })
  })

  it.each([
    ["DELETE", "/v1/accounts", "GET, HEAD, POST"],
    ["POST", "/v1/accounts/seller/margin", "GET, HEAD"],
    ["GET", "/v1/margin/simulate", "POST"],
    ["PUT", "/v1/margin/simulate", "POST"],
    ["POST", "/livez", "GET, HEAD"],
  ])("%s %s is a 405 problem that says what is allowed", async (method, path, allow) => {
    const headers = { "content-type": "application/json" }
    const response = await bench.get(path, { method, headers })
    expect(response.headers.get("allow")).toBe(allow)
    expect(await problemIn(response)).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED" })
  })

  it("answers HEAD as GET, without the body", async () => {
    bench.assess(snapshot())
    const response = await bench.get("/v1/accounts", { method: "HEAD" })
    expect([response.status, await response.text()]).toEqual([200, ""])
  })
})

describe("every answer", () => {
  it.each(["/livez", "/nothing", "/v1/accounts", "/openapi.json"])("%s carries the security headers", async path => {
    const { headers } = await bench.get(path)
    expect(headers.get("x-content-type-options")).toBe("nosniff")
    expect(headers.get("x-frame-options")).toBe("SAMEORIGIN")
    expect(headers.get("content-security-policy")).toContain("default-src 'self'")
    expect(headers.get("referrer-policy")).toBe("no-referrer")
  })

  it("keeps an unexpected fault to the log and to a 500 that tells nothing of it", async () => {
    const readiness = () => {
      throw new Error("secret")
    }
    const broken = await startBench({ readiness })
    const problem = await problemIn(await broken.get("/readyz"))
    expect(problem).toMatchObject({ status: 500, code: "INTERNAL" })
    expect(JSON.stringify(problem)).not.toContain("secret")
    expect(broken.faults).toHaveLength(1)
  })
})

const operation = z.looseObject({
  summary: z.string().min(1),
  responses: z.record(
    z.string(),
    z.object({ description: z.string().min(1), content: z.record(z.string(), z.object({ schema: z.unknown() })) }),
  ),
})
const document = z.object({
  openapi: z.literal("3.1.0"),
  info: z.object({ title: z.string(), version: z.string() }),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  paths: z.record(z.string().startsWith("/"), z.record(z.enum(["get", "post"]).or(z.string()), operation)),
})

const OTHER_THAN_JSON = new Map([
  ["/v1/stream", "text/event-stream"],
  ["/v1/attestations/{epoch}/vaa", "application/octet-stream"],
  ["/v1/wasm/{hash}", "application/wasm"],
])

describe("/openapi.json", () => {
  const read = async () => document.parse(await (await bench.get("/openapi.json")).json())

  it("answers problems as problem+json, and everything else as what it is", async () => {
    const { paths } = await read()
    for (const [path, methods] of Object.entries(paths)) {
      for (const { responses } of Object.values(methods)) {
        for (const [status, { content }] of Object.entries(responses)) {
          const problem = Number(status) >= 400 && path !== "/readyz"
          const expected = problem ? "application/problem+json" : (OTHER_THAN_JSON.get(path) ?? "application/json")
          expect([path, status, Object.keys(content)]).toEqual([path, status, [expected]])
        }
      }
    }
  })

  it("refers only to schemas that it has, and has none that nothing refers to", async () => {
    const whole = await read()
    const text = JSON.stringify(whole)
    const referred = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(match => match[1]))
    expect([...referred].sort()).toEqual(
      Object.keys(whole.components.schemas)
        .map(name => `#/components/schemas/${name}`)
        .sort(),
    )
  })

  it("has no number where money goes", async () => {
    const { components } = await read()
    expect(components.schemas.Decimal).toMatchObject({ type: "string" })
    const figures = components.schemas.MarginFigures?.properties
    expect(JSON.stringify(figures)).not.toContain('"number"')
  })
})
