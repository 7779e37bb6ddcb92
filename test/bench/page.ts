/**
 * How soon the page shows its accounts and takes a click, in a real browser on loopback: `npm run bench -- page`, one
 * JSON line. Every visit is the first one of a browser context of its own, with nothing cached.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromiumMissing, launchChromium } from "../support/chromium.js"
import { overview } from "../support/page-overview.js"
import { buildPage, servePage } from "../support/page-server.js"
import { median, report, rounded } from "./measure.js"

const VISITS = 15

/** In the page: notes when the first account stands there, ms after navigation began. */
const watch = () => {
  const rows = new MutationObserver(() => {
    if (!document.querySelector("[data-account] a")) return
    rows.disconnect()
    document.documentElement.dataset.shown = String(performance.now())
  })
  rows.observe(document, { childList: true, subtree: true })
}

if (!chromiumMissing()) {
  const folder = await mkdtemp(join(tmpdir(), "plimsoll-page-"))
  await buildPage(folder)
  const server = await servePage(folder, overview())
  const browser = await launchChromium()
  const shown: number[] = []
  const answered: number[] = []
  for (let visit = 0; visit < VISITS; visit++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    await page.addInitScript(watch)
    await page.goto(server.url, { waitUntil: "commit" })
    await page.locator("[data-account] a").first().click()
    await page.locator('[data-account] a[aria-expanded="true"]').waitFor()
    const [at = Number.NaN, now = Number.NaN] = await page.evaluate(() => [
      Number(document.documentElement.dataset.shown),
      performance.now(),
    ])
    shown.push(at)
    answered.push(now)
    await context.close()
  }
  await browser.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
  report({
    bench: "page",
    visits: VISITS,
    accountsShownMs: rounded(median(shown)),
    clickAnsweredMs: rounded(median(answered)),
    slowestMs: rounded(Math.max(...answered)),
  })
}
