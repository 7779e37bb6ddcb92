/**
 * What the page works out by itself over real chains: the same figures as the service's, without asking it.
 */
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { formatDecimal } from "../../aggregator/domain/decimal.js"
import { price } from "../../aggregator/domain/fixed.js"
import { caseOf, healthOf } from "../../aggregator/insight/account-case.js"
import { whatIf } from "../../aggregator/insight/what-if.js"
import { shippedPolicy } from "../../aggregator/policies/shipped.js"
import { axeViolations } from "../support/axe.js"
import { chromiumMissing, launchChromium, PAGE_PATIENCE_MS } from "../support/chromium.js"
import { shippedKernel } from "../support/kernel.js"
import { becomes } from "../support/page-bench.js"
import { type RunningDevnet, startRunningDevnet } from "../support/running-devnet.js"
import { until } from "../support/until.js"

const SELLER = "#/accounts/option-seller"

describe.skipIf(chromiumMissing())("the page's own analysis", () => {
  let system: RunningDevnet
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    // One epoch for all tests: what the page computes must not change under them.
    ;[system, browser] = await Promise.all([startRunningDevnet({ epochSeconds: 100_000 }), launchChromium()])
    await until("an epoch", () => system.service.book.latestEpoch)
    page = await browser.newPage()
    page.setDefaultTimeout(PAGE_PATIENCE_MS)
    page.on("pageerror", error => complaints.push(String(error)))
    page.on("console", message => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text())
    })
    await page.goto(system.service.url + SELLER)
    await page.locator('[data-connection="live"]').waitFor()
    await page.locator("[data-before-after]").waitFor()
    await page.locator("[data-health-over-time]").waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  /** Exact digits of a figure before and after. */
  const figure = (label: string, column: "Attested" | "Supposed") =>
    page
      .locator("[data-before-after] tr", { has: page.locator(`th:text-is("${label}")`) })
      .locator(`[data-label="${column}"] data`)
      .getAttribute("value")
  const move = (label: string, value: number) => page.getByLabel(label, { exact: false }).first().fill(String(value))

  /** What the pipeline says of the same epoch with ether at so many thousandths of its price. */
  async function healthWithEtherAt(thousandths: bigint): Promise<string> {
    const { book } = system.service
    const snapshot = await book.snapshot(book.latestEpoch?.attestation.epoch ?? 0n)
    const ether = snapshot?.prices.find(each => each.symbol === "ETH")
    if (!snapshot || ether?.status !== "ok") throw new Error("the epoch has no price of ETH")
    const { policy } = shippedPolicy("span16")
    const asked = caseOf(snapshot, "option-seller", { policy, kernel: await shippedKernel() })
    const prices = new Map([["ETH", price((ether.price * thousandths) / 1_000n)]])
    const { figures } = healthOf(whatIf(asked, { market: { prices, volatilities: new Map() } }))
    return formatDecimal(figures?.health ?? 0n)
  }

  it("is as attested while nothing is supposed", async () => {
    for (const label of ["Equity", "Initial margin", "Maintenance margin", "Health"])
      expect(await figure(label, "Supposed"), label).toBe(await figure(label, "Attested"))
  })

  it("follows a slider without a call to the service, to the service's own figures", async () => {
    const asked: string[] = []
    const listen = (request: { url(): string }) => asked.push(request.url())
    page.on("request", listen)
    await move("ETH price", 100)
    await becomes(() => figure("Health", "Supposed")).not.toBe(await figure("Health", "Attested"))
    page.off("request", listen)
    // A browser looks for the icon again when the address changes; the service is asked for nothing.
    expect(asked.filter(url => new URL(url).pathname.startsWith("/v1/"))).toEqual([])

    expect(await figure("Health", "Supposed")).toBe(await healthWithEtherAt(1_100n))
  })

  it("keeps what is supposed in the address, for whoever it is sent to", async () => {
    expect(page.url()).toContain("price.ETH=100")
    const other = await browser.newPage()
    other.setDefaultTimeout(PAGE_PATIENCE_MS)
    await other.goto(page.url())
    await other.locator("[data-before-after]").waitFor()
    expect(await other.getByLabel("ETH price", { exact: false }).first().inputValue()).toBe("100")
    await other.close()
  })

  it("says for which prices the account could be liquidated, and draws it", async () => {
    await becomes(() => page.locator("[data-bands=ETH]").textContent()).toMatch(/^Liquidation with ETH from [\d,.]+/)
    expect(await page.locator(".chart canvas").count()).toBeGreaterThan(0)
  })

  it("colours the moves of price and volatility, and rings those that break the account", async () => {
    const cell = page.locator("[data-heatmap=ETH] tbody tr").nth(2).locator("td")
    expect(await cell.nth(5).getAttribute("data-shade")).toBe("0")
    expect(await cell.last().getAttribute("data-shade")).toBe("-5")
    expect(await cell.last().getAttribute("data-liquidatable")).toBe("true")
  })

  it("gives no figure when a chain with positions is supposed to be unreachable, and says why", async () => {
    await page.getByLabel("Bsc (devnet) unreachable").check()
    await becomes(() => page.locator("[data-before-after] [data-label=Supposed] .no-figure").count()).toBe(5)
    await becomes(() => page.locator("[data-before-after]").textContent()).toContain("UNAVAILABLE")
    await page.getByRole("button", { name: "Suppose nothing" }).click()
    await becomes(() => figure("Health", "Supposed")).toBe(await figure("Health", "Attested"))
    expect(page.url().endsWith(SELLER)).toBe(true)
  })

  it("re-computes the last attestation, and says so", async () => {
    const { attestation } = system.service.book.latestEpoch ?? {}
    await page.getByRole("button", { name: "Verify epoch" }).click()
    await becomes(() => page.locator("[data-verification]").getAttribute("data-verification")).toBe("done")
    const words = await page.locator("[data-verification] .verdict").textContent()
    expect(words).toContain(`OK Epoch ${attestation?.epoch}: all ${attestation?.header.leafCount} leaves`)
    expect(words).toContain(attestation?.root.slice(0, 10))
  })

  it("names the first difference when the service publishes something else than it attested", async () => {
    await page.route("**/commitment", async route => {
      const response = await route.fetch()
      const forged = (await response.text()).replace(
        /"equity":"(\d)/,
        (_, digit) => `"equity":"${digit === "9" ? 8 : 9}`,
      )
      await route.fulfill({ response, body: forged })
    })
    await page.getByRole("button", { name: "Verify epoch" }).click()
    await becomes(() => page.locator("[data-verification] .verdict").textContent()).toMatch(
      /differs: account [a-z-]+, equity is \d/,
    )
    await page.unroute("**/commitment")
  })

  it("has no violation that axe finds, in both colour schemes and on a phone", async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 800 } })
    context.setDefaultTimeout(PAGE_PATIENCE_MS)
    const visited = await context.newPage()
    await visited.goto(page.url())
    await visited.locator("[data-before-after]").waitFor()
    for (const [colorScheme, width] of [
      ["light", 360],
      ["dark", 1280],
    ] as const) {
      await visited.emulateMedia({ colorScheme })
      await visited.setViewportSize({ width, height: 800 })
      expect(await axeViolations(visited), colorScheme).toEqual([])
    }
    expect(await visited.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1280)
    await context.close()
  })

  it("complains of nothing, under the service's own content policy", () => {
    expect(complaints).toEqual([])
  })
})
