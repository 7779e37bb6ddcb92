/**
 * Epochs that one engine attested are re-computed by others: a fresh Node process, further versions of Node, a browser.
 */
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { build } from "vite"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { decodeCommitment } from "../../aggregator/pipeline/commitment-format.js"
import { chromiumMissing, launchChromium } from "../support/chromium.js"
import { someEpochs } from "../support/published-epochs.js"
import type { PackedEpochs } from "../support/verify-in-engine.js"

const ENTRY = fileURLToPath(new URL("../support/verify-in-engine.ts", import.meta.url))
const EPOCHS = 200

let folder: string
let bundle: string
let packed: PackedEpochs
let roots: readonly string[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-engines-"))
  bundle = await bundled(ENTRY)
  const epochs = await someEpochs(EPOCHS)
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64")
  const [first] = epochs
  if (!first) throw new Error("no epochs")
  roots = epochs.map(({ commitment }) => decodeCommitment(new TextDecoder().decode(commitment)).root)
  packed = {
    policy: base64(first.policy),
    wasm: base64(first.wasm),
    epochs: epochs.map(({ commitment, snapshot }) => ({ commitment: base64(commitment), snapshot: base64(snapshot) })),
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function bundled(entry: string): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: "silent",
    build: { write: false, minify: false, lib: { entry, formats: ["es"] } },
  })
  const [result] = Array.isArray(output) ? output : [output]
  if (!result || !("output" in result)) throw new Error("nothing was bundled")
  return result.output[0].code
}

/** Versions of Node beside the one that runs the tests, as paths of their binaries. */
const otherNodes = (process.env.OTHER_NODES ?? "").split(":").filter(Boolean)
if (otherNodes.length === 0) {
  process.stderr.write(
    "\nOTHER VERSIONS OF NODE LEFT OUT: set OTHER_NODES to paths of node binaries, joined by colons\n\n",
  )
}

describe(`${EPOCHS} epochs are re-computed bit for bit`, () => {
  it.each([process.execPath, ...otherNodes])("in %s", async node => {
    const [module, epochs, script] = ["bundle.mjs", "epochs.json", "run.mjs"].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ]
    await writeFile(module, bundle)
    await writeFile(epochs, JSON.stringify(packed))
    await writeFile(
      script,
      `import { readFileSync } from "node:fs"
       import { verifyAll } from ${JSON.stringify(pathToFileURL(module).href)}
       console.log(JSON.stringify(await verifyAll(JSON.parse(readFileSync(${JSON.stringify(epochs)}, "utf8")))))`,
    )
    const { stdout } = await promisify(execFile)(node, [script], { maxBuffer: 1 << 24 })
    expect(JSON.parse(stdout)).toEqual(roots)
  })

  it.skipIf(chromiumMissing())("in Chromium", async () => {
    const browser = await launchChromium()
    try {
      const page = await browser.newPage()
      const source = `data:text/javascript;base64,${Buffer.from(bundle).toString("base64")}`
      // As text: the test runner would rewrite an `import` that it can see.
      const verdicts = await page.evaluate(
        `import(${JSON.stringify(source)}).then(module => module.verifyAll(${JSON.stringify(packed)}))`,
      )
      expect(verdicts).toEqual(roots)
    } finally {
      await browser.close()
    }
  })
})
