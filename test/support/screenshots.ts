/**
 * Takes README's pictures of the page from a running service: `npm run screenshots -- http://127.0.0.1:8787`.
 */
import { mkdir } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Browser } from "playwright-core"
import { launchChromium } from "./chromium.js"

const [service = "http://127.0.0.1:8787"] = process.argv.slice(2)
const folder = fileURLToPath(new URL("../../docs/images/", import.meta.url))

const PICTURES = [
  { name: "overview", hash: "", scheme: "light", width: 1280, height: 900 },
  { name: "account", hash: "#/accounts/option-seller?price.ETH=100", scheme: "dark", width: 1280, height: 1500 },
  { name: "narrow", hash: "", scheme: "light", width: 360, height: 760 },
] as const

async function take(browser: Browser, { name, hash, scheme, width, height }: (typeof PICTURES)[number]) {
  const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: 1.5, colorScheme: scheme })
  await page.goto(`${service}/${hash}`)
  await page.locator('[data-connection="live"]').waitFor()
  await page.locator("[data-account]").first().waitFor()
  if (hash) await page.locator("[data-heatmap]").last().scrollIntoViewIfNeeded()
  await page.screenshot({ path: `${folder}${name}.png` })
  await page.close()
}

await mkdir(folder, { recursive: true })
const browser = await launchChromium()
try {
  for (const picture of PICTURES) await take(browser, picture)
} finally {
  await browser.close()
}
