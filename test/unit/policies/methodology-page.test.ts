import { readFile } from "node:fs/promises"
import { expect, it } from "vitest"
import { methodologyTable } from "../../support/methodology-tables.js"

it("shows the parameters of the shipped scenario documents on the methodology page", async () => {
  const page = await readFile(new URL("../../../docs/methodology.md", import.meta.url), "utf8")
  const [, shown] = /<!-- parameters -->\n\n([\s\S]*?)\n\n<!-- \/parameters -->/.exec(page) ?? []
  expect(shown).toBe(methodologyTable())
})
