/**
 * Same bytes in, same bits out, on every engine and through either width of lane.
 * A change of the pinned digest is a change of results: it belongs into a commit that says so.
 */
import { build } from "vite"
import { describe, expect, it } from "vitest"
import { chromiumMissing, launchChromium } from "../support/chromium.js"
import { kernelBytes } from "../support/kernel.js"
import { digestOfKernel, sha256 } from "../support/reference-digest.js"

const PINNED = "be70760df327387b42f04aacadce058daf1ebd010db6baec5d579a86ab915f4c"
const LANES = ["simd", "scalar"] as const

it.each(LANES)("the %s kernel computes the pinned bits", async lanes => {
  expect(await digestOfKernel(lanes)).toBe(PINNED)
})

/** The host file and the inputs as one script that sets `kernelPage`. */
async function pageScript(): Promise<string> {
  const entry = new URL("../support/kernel-page.ts", import.meta.url).pathname
  const built = await build({
    configFile: false,
    logLevel: "silent",
    build: { write: false, minify: false, lib: { entry, formats: ["iife"], name: "kernelPage" } },
  })
  const [bundle] = [built].flat()
  if (!bundle || !("output" in bundle)) throw new TypeError("the bundler watches instead of building")
  return bundle.output[0].code
}

describe.skipIf(chromiumMissing())("in Chromium", () => {
  it("both kernels compute the pinned bits", async () => {
    const [script, wasm] = await Promise.all([pageScript(), kernelBytes()])
    const browser = await launchChromium()
    try {
      const page = await browser.newPage()
      await page.addScriptTag({ content: script })
      for (const lanes of LANES) {
        const call = `kernelPage.outputsInPage(${JSON.stringify([...wasm])}, ${JSON.stringify(lanes)})`
        expect(sha256(Uint8Array.from((await page.evaluate(call)) as number[]))).toBe(PINNED)
      }
    } finally {
      await browser.close()
    }
  })
})
