/**
 * What axe, the accessibility checker, holds against a page as it stands.
 */
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"

/** Runs in the page by way of the debugger, so no content policy has to let it in. */
export async function axeViolations(page: Page): Promise<unknown> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"))
  return page.evaluate("axe.run().then(({ violations }) => violations)")
}
