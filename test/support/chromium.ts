/**
 * A real browser for page tests: `CHROMIUM`, or where distributions put it.
 */
import { existsSync } from "node:fs"
import { type Browser, chromium } from "playwright-core"

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

/** Where the browser is, or `null`. `CHROMIUM` wins and must then exist. */
function findChromium(): string | null {
  const path = process.env.CHROMIUM ?? "/usr/bin/chromium"
  return existsSync(path) ? path : null
}

/**
 * Whether page tests are left out. Says so where everybody sees it; in CI a missing browser is a failure instead.
 *
 * @throws Error when CI is set and there is no browser.
 */
export function chromiumMissing(): boolean {
  if (findChromium() !== null) return false
  const words = "no Chromium: install it or set CHROMIUM to its path"
  if (process.env.CI === "true") throw new Error(words)
  process.stderr.write(`\nPAGE TESTS LEFT OUT, ${words}\n\n`)
  return true
}

/** For pages: their own default gives up after half a minute, which a slow machine may need to load one. */
export const PAGE_PATIENCE_MS = 240_000

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === null) throw new Error("no Chromium to launch")
  return chromium.launch({ executablePath, args: FLAGS, timeout: PAGE_PATIENCE_MS })
}
