/**
 * Compiles the service before the tests and again when they are watched: `bin/plimsoll.js` then runs what the sources say.
 */
import { execFileSync } from "node:child_process"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import type { TestProject } from "vitest/node"

const COMPILER = createRequire(import.meta.url).resolve("typescript/bin/tsc")
const PROJECT = fileURLToPath(new URL("../../tsconfig.service.json", import.meta.url))

/** Nothing is compiled when no source is newer than what was built. */
const build = () => execFileSync(process.execPath, [COMPILER, "-b", PROJECT], { stdio: "inherit" })

export default function setup(project: TestProject): void {
  build()
  project.onTestsRerun(async () => void build())
}
