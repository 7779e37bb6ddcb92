import { defineConfig } from "vitest/config"

const project = (name: string, testTimeout: number, folders: string[]) => ({
  test: { name, include: folders.map(folder => `test/${folder}/**/*.test.ts`), testTimeout, hookTimeout: testTimeout },
})

export default defineConfig({
  test: {
    // Two cores: e2e files each start chains of their own, so at most two files at a time.
    maxWorkers: 2,
    projects: [
      project("unit", 20_000, ["unit", "property", "vectors"]),
      project("chains", 120_000, ["conformance", "e2e"]),
    ],
  },
})
