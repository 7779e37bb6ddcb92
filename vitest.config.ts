import { defineConfig } from "vitest/config"

const project = (name: string, timeout: number, folders: string[]) => ({
  test: {
    name,
    setupFiles: ["test/support/property-seed.ts"],
    include: folders.map(folder => `test/${folder}/**/*.test.ts`),
    testTimeout: timeout,
    hookTimeout: timeout,
  },
})

const results = process.env.TEST_RESULTS

export default defineConfig({
  test: {
    // Two cores, and each file of the chains project starts chains of its own.
    maxWorkers: 2,
    reporters: results ? ["default", ["json", { outputFile: results }]] : ["default"],
    projects: [
      project("unit", 120_000, ["unit", "property", "vectors"]),
      project("chains", 300_000, ["conformance", "e2e"]),
    ],
  },
})
