import { readFile } from "node:fs/promises"
import { expect, it } from "vitest"
import { weightTables } from "../../support/weight-tables.js"

it("shows the parameters of the shipped documents on the methodology page", async () => {
  const page = await readFile(new URL("../../../docs/methodology-weighted-health.md", import.meta.url), "utf8")
  const [, shown] = /<!-- parameters -->\n\n([\s\S]*?)\n\n<!-- \/parameters -->/.exec(page) ?? []
  expect(shown).toBe(weightTables())
})
