/**
 * `plimsoll scaffold adapter` as a contributor runs it: what it writes passes the compiler, the linter and its own test as it is.
 */
import { execFile, spawn } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { adapterSource, testSource } from "../../aggregator/commands/adapter-template.js"
import { scaffoldAdapter } from "../../aggregator/commands/scaffold.js"
import { InvalidInputError } from "../../aggregator/domain/errors.js"

const run = promisify(execFile)
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url))
/** Of each command; the test has one compiler and one test runner to wait for. */
const DEADLINE_MS = 300_000
const bin = (tool: string, file: string) => join(REPOSITORY, "node_modules", tool, file)

describe("an adapter from the scaffold", () => {
  let folder: string

  const node = (args: readonly string[], cwd = folder) =>
    // The report of the run that this test is part of belongs to that run alone.
    run(process.execPath, [...args], { cwd, timeout: DEADLINE_MS, env: { ...process.env, TEST_RESULTS: "" } })
  const scaffold = (...args: readonly string[]) =>
    node([join(REPOSITORY, "bin/plimsoll.js"), "scaffold", "adapter", ...args])

  beforeAll(async () => {
    // Inside the repository, where packages are found; nothing else looks into dist.
    folder = await mkdtemp(join(REPOSITORY, "dist", "scaffold-"))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it("is written with its test, compiles and passes, conformance included", {
    timeout: 3 * DEADLINE_MS,
  }, async () => {
    const { stdout } = await scaffold("my-new-venue")
    expect(stdout).toContain('import { myNewVenue } from "./evm/adapters/my-new-venue.js"')

    const project = {
      extends: join(REPOSITORY, "tsconfig.json"),
      compilerOptions: { noEmit: true },
      include: [folder],
      exclude: [],
    }
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(project))
    await node([bin("typescript", "bin/tsc"), "-p", folder])

    const results = join(folder, "results.json")
    const reporter = ["--reporter=json", `--outputFile=${results}`]
    await node([bin("vitest", "vitest.mjs"), "run", "--root", folder, ...reporter])
    const { numPassedTests, numFailedTests } = JSON.parse(await readFile(results, "utf8"))
    expect(numFailedTests).toBe(0)
    expect(numPassedTests).toBeGreaterThan(20)
  })

  it("is formatted and free of warnings where it belongs", async () => {
    const source = adapterSource({ venue: "my-new-venue", identifier: "myNewVenue" }, inPlace(ADAPTER))
    expect(await formatted(ADAPTER, source)).toBe(source)
    const test = testSource({ venue: "my-new-venue", identifier: "myNewVenue" }, inPlace(TEST))
    expect(await formatted(TEST, test)).toBe(test)
  })

  it("is never written over what is there", async () => {
    const refused = await scaffold("my-new-venue").catch(error => error)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("my-new-venue.ts exists") })
  })

  it.each([
    ["MyVenue", "INVALID_VALUE"],
    ["class", "INVALID_VALUE"],
    ["../venue-x", "INVALID_VALUE"],
    ["aave-v3", "NAME_TAKEN"],
  ])("is refused the name %s with %s", async (name, code) => {
    const refused = await scaffoldAdapter(name, { out: folder }).catch(error => error)
    expect(refused).toBeInstanceOf(InvalidInputError)
    expect(refused).toMatchObject({ issues: [{ pointer: "NAME", code }] })
  })
})

const ADAPTER = "chains/evm/adapters/my-new-venue.ts"
const TEST = "test/unit/chains/evm/adapters/my-new-venue.test.ts"

const inPlace = (file: string) => (target: string) => {
  const path = relative(dirname(file), target)
  return path.startsWith(".") ? path : `./${path}`
}

/** What the linter makes of a file that would lie at this path; it fails on what it cannot mend. */
function formatted(path: string, content: string): Promise<string> {
  const biome = spawn(
    process.execPath,
    [bin("@biomejs/biome", "bin/biome"), "check", "--write", `--stdin-file-path=${path}`],
    {
      cwd: REPOSITORY,
      stdio: ["pipe", "pipe", "inherit"],
    },
  )
  biome.stdin.end(content)
  return text(biome.stdout)
}
