/** `.ci/audit.mjs` over reports in npm's shape: what fails a run, what is only printed, what was not answered. */
import { spawnSync } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, it } from "vitest"

const SCRIPT = fileURLToPath(new URL("../../../.ci/audit.mjs", import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-audit-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function audit(text: string) {
  const file = join(folder, "audit.json")
  await writeFile(file, text)
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, file], { encoding: "utf8" })
  return { status, stdout, stderr }
}

const ADVISORY = { source: 1, title: "Reads past the end", url: "https://advisory.example/1", severity: "high" }
const finding = (also: object) => ({
  name: "wire",
  severity: "high",
  isDirect: true,
  via: [ADVISORY],
  range: "<2.0.1",
  fixAvailable: { name: "wire", version: "2.0.1", isSemVerMajor: false },
  ...also,
})
const reportOf = (...findings: readonly { name: string }[]) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: Object.fromEntries(findings.map(each => [each.name, each])),
  })

it.each(["high", "critical"])("fails for a dependency of our own with a release that heals it, %s", async severity => {
  const { status, stdout } = await audit(reportOf(finding({ severity })))
  expect(status).toBe(1)
  expect(stdout).toContain(`${severity}: wire <2.0.1: Reads past the end https://advisory.example/1`)
})

it.each([
  ["a dependency of a dependency", { isDirect: false, fixAvailable: true }],
  ["one without a release that heals it", { fixAvailable: false }],
  ["one that only a breaking release heals", { fixAvailable: { name: "wire", version: "3.0.0", isSemVerMajor: true } }],
  ["one that is named for what it depends on", { via: ["cable"], fixAvailable: true }],
])("prints %s, and passes", async (_, also) => {
  const { status, stdout } = await audit(reportOf(finding(also)))
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^high: wire [\s\S]*\n1 packages/)])
})

it("says nothing of what is less than high", async () => {
  const { status, stdout } = await audit(reportOf(finding({ severity: "moderate" })))
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^0 packages/)])
})

it.each([
  ["no endpoint", JSON.stringify({ message: "405 Method Not Allowed", statusCode: 405 }), "405 Method Not Allowed"],
  ["no network", JSON.stringify({ error: { code: "ENOTFOUND", summary: "no such host" } }), "no such host"],
  ["no JSON", "<html>", "<html>"],
  ["nothing", "", "no JSON"],
])("says that the audit was left out, and why: %s", async (_, text, why) => {
  const { status, stdout } = await audit(text)
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^left out: /)])
  expect(stdout).toContain(why)
})
