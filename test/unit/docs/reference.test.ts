import { readFile } from "node:fs/promises"
import { describe, expect, it } from "vitest"
import { fileOf, referenceFiles } from "../../support/reference.js"
import { startBench } from "../../support/service.js"

describe("the committed documents", () => {
  it.each(["openapi.json", "api.md"])("docs/%s says what the service does now (npm run docs writes it)", async name => {
    const written = (await referenceFiles()).get(name)
    expect(await readFile(fileOf(name), "utf8")).toBe(written)
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
