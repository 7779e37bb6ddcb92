import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** Absolute: whoever runs a folder of its own by this configuration has no such file below it. */
const support = (file: string) => fileURLToPath(new URL(`test/support/${file}`, import.meta.url))

/** Timeouts end what hangs: a machine ten times slower than a developer's must not reach one. */
const [UNIT_MS, CHAINS_MS, POLL_MS] = [300_000, 600_000, 240_000]

const project = (name: string, timeout: number, folders: string[]) => ({
  test: {
    name,
    setupFiles: [support("property-seed.ts")],
    include: folders.map(folder => `test/${folder}/**/*.test.ts`),
    testTimeout: timeout,
    hookTimeout: timeout,
    expect: { poll: { timeout: POLL_MS } },
  },
})

const results = process.env.TEST_RESULTS

export default defineConfig({
  test: {
    globalSetup: [support("built-service.ts")],
    // Two cores, and each file of the chains project starts chains of its own.
    maxWorkers: 2,
    reporters: results ? ["default", ["json", { outputFile: results }]] : ["default"],
    projects: [
      project("unit", UNIT_MS, ["unit", "property", "vectors"]),
      project("chains", CHAINS_MS, ["conformance", "e2e"]),
    ],
  },
})
