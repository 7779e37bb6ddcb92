/**
 * The incremental build of the service looks at the sources that its project lists, and takes what they import for unchanged:
 * so it has to list all of them.
 */
import { execFileSync } from "node:child_process"
import { createRequire } from "node:module"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url))
const COMPILER = createRequire(import.meta.url).resolve("typescript/bin/tsc")

const compiler = (option: string) =>
  execFileSync(process.execPath, [COMPILER, "-p", "tsconfig.service.json", option], {
    cwd: REPOSITORY,
    encoding: "utf8",
    maxBuffer: 2 ** 24,
  })

it("lists every source that the service is made of, the page's and the tests' left out", () => {
  const listed: string[] = JSON.parse(compiler("--showConfig")).files.map((file: string) => resolve(REPOSITORY, file))
  const compiled = compiler("--listFilesOnly")
    .split("\n")
    .filter(file => file !== "" && !file.includes("/node_modules/"))
  expect(compiled).toContain(resolve(REPOSITORY, "aggregator/main.ts"))
  expect(compiled).toContain(resolve(REPOSITORY, "aggregator/policies/span16.json"))
  expect(compiled.filter(file => !listed.includes(file))).toEqual([])
  expect(compiled.filter(file => /\/(test|dashboard)\//.test(file))).toEqual([])
})
