/** The runner over other folders: it must notice what is wrong, and say what it did not compute. */
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, expect, it } from "vitest"
import mango from "./mango.json" with { type: "json" }

const runner = fileURLToPath(new URL("./run.ts", import.meta.url))
const tsx = createRequire(import.meta.url).resolve("tsx/cli")

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vectors-"))
})
afterEach(() => rm(folder, { recursive: true }))

const run = () =>
  new Promise<{ code: number | null; output: string }>(resolve => {
    const child = execFile(process.execPath, [tsx, runner, folder], (_, output) =>
      resolve({ code: child.exitCode, output }),
    )
  })

it("fails on a number that disagrees, and names the case", async () => {
  const [first, ...rest] = mango.cases
  if (!first) throw new RangeError("there are cases")
  const changed = { ...mango, cases: [{ ...first, expected_health: first.expected_health + 0.002 }, ...rest] }
  await writeFile(join(folder, "more.json"), JSON.stringify(changed))
  const { code, output } = await run()
  expect(code).toBe(1)
  expect(output).toContain("more.json: 11 passed, 1 failed")
  expect(output).toContain(`FAILED ${first.name}, health`)
})

it("lists a case whose inputs it does not know instead of leaving an input out", async () => {
  const [first] = mango.cases
  const strange = { ...first, name: "strange", inputs: { ...first?.inputs, lending_interest: 3 } }
  await writeFile(join(folder, "mango.json"), JSON.stringify({ cases: [first, strange] }))
  const { code, output } = await run()
  expect(code).toBe(0)
  expect(output).toContain("mango.json: 1 passed, 0 failed, 1 not expressible")
  expect(output).toContain("not expressible: strange")
})

it("fails on a file of no known format", async () => {
  await writeFile(join(folder, "other.json"), JSON.stringify({ cases: [{ a: 1 }] }))
  const { code, output } = await run()
  expect(code).toBe(1)
  expect(output).toContain("other.json: of no known format")
})
