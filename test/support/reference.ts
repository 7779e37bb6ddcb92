/**
 * The documents that are written from the schemas in the code, and the script that writes them (`npm run docs`).
 */
import { writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { policyJsonSchema } from "../../aggregator/policies/json-schema.js"
import { apiPage } from "../../aggregator/reference/markdown.js"
import { startBench } from "./service.js"

export const fileOf = (name: string): string => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url))

/** What each file under `docs/` has to hold. */
export async function referenceFiles(): Promise<ReadonlyMap<string, string>> {
  const bench = await startBench()
  const document = await (await bench.get("/openapi.json")).json()
  bench.stop()
  return new Map([
    ["openapi.json", `${JSON.stringify(document, null, 1)}\n`],
    ["api.md", apiPage(document)],
    ["policy.schema.json", `${JSON.stringify(policyJsonSchema(), null, 1)}\n`],
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of await referenceFiles()) await writeFile(fileOf(name), text)
}
