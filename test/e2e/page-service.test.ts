/**
 * The page as the service serves it, over real chains: what people see is what the chains hold.
 */
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price } from "../../aggregator/domain/fixed.js"
import { chromiumMissing, launchChromium, PAGE_PATIENCE_MS } from "../support/chromium.js"
import { accountCell, accountRow, badge, becomes, live, shown } from "../support/page-bench.js"
import { type RunningDevnet, startRunningDevnet } from "../support/running-devnet.js"

describe.skipIf(chromiumMissing())("the page of the running service", () => {
  let system: RunningDevnet
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    // One epoch for all tests: the page shows where the last one was delivered.
    ;[system, browser] = await Promise.all([startRunningDevnet({ epochSeconds: 100_000 }), launchChromium()])
    page = await browser.newPage()
    page.setDefaultTimeout(PAGE_PATIENCE_MS)
    page.on("pageerror", error => complaints.push(String(error)))
    page.on("console", message => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text())
    })
    await page.goto(system.service.url)
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  it("shows every owner's account with figures", async () => {
    await live(page)
    for (const account of ["hedged-book", "option-seller", "plain-holder", "cross-chain-borrower", "perp-trader"]) {
      await becomes(() => shown(badge(page, account))).toContain("NORMAL")
      await becomes(() => shown(accountCell(page, account, "Equity"))).toMatch(/^[\d,]+\.\d\d$/)
    }
  })

  it("shows a rise of the market take the seller below its margin, without a reload", async () => {
    const at = (text: string) => price(parseDecimal(text))
    await system.devnet.pushPrices({ ETH: { price: at("3300"), confidence: at("1.5") } })
    await becomes(() => shown(badge(page, "option-seller"))).toContain("LIQUIDATABLE")
    await becomes(() => shown(accountCell(page, "option-seller", "Health"))).toMatch(/^[-−]/)
  })

  it("shows where the last attestation was delivered", async () => {
    await becomes(async () => (await page.getByText("DELIVERED", { exact: true }).all()).length).toBe(3)
  })

  it("opens an account's holdings on all three chains", async () => {
    await accountRow(page, "hedged-book").getByRole("link").click()
    await becomes(() => page.locator("[data-holdings]").count()).toBe(3)
    await becomes(() => shown(page.locator("#detail-hedged-book"))).toContain("aave-v3")
  })

  it("complains of nothing, under the service's own content policy", () => {
    expect(complaints).toEqual([])
  })
})
