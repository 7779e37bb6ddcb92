/**
 * The page in a real browser, against a stream whose every word is scripted: what it shows and how it keeps up.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { chromiumMissing } from "../support/chromium.js"
import {
  accountCell,
  accountRow,
  badge,
  becomes,
  connection,
  live,
  type PageBench,
  shown,
  startPageBench,
} from "../support/page-bench.js"
import { CHAINS, overview, SOLANA_DOWN, shortSeller } from "../support/page-overview.js"

describe.skipIf(chromiumMissing())("the page", () => {
  let bench: PageBench
  beforeAll(async () => {
    bench = await startPageBench()
  })
  afterEach(() => bench.leave())
  afterAll(() => bench?.stop())

  it("shows every account with its figures, rounded toward danger, all digits in the title", async () => {
    const { page } = await bench.visit()
    await live(page)
    expect(
      await page.locator("[data-account]").evaluateAll(rows => rows.map(each => each.getAttribute("data-account"))),
    ).toEqual(overview().accounts.map(each => each.account))
    expect(await shown(accountCell(page, "hedged-book", "Equity"))).toBe("32,947.80")
    expect(await shown(accountCell(page, "hedged-book", "Initial margin"))).toBe("16,652.71")
    expect(await shown(accountCell(page, "hedged-book", "Maintenance"))).toContain("13,322.17")
    expect(await shown(accountCell(page, "hedged-book", "Maintenance"))).toContain("91,238.45 one by one")
    expect(await shown(accountCell(page, "hedged-book", "Health"))).toBe("19,625.64")
    expect(await shown(accountCell(page, "hedged-book", "Factor"))).toBe("2.47")
    expect(await accountCell(page, "hedged-book", "Equity").locator("data").getAttribute("title")).toBe(
      overview().accounts[0]?.figures?.equity,
    )
  })

  it("shows a changed status at once, without loading again, and tells screen readers", async () => {
    const { page, server } = await bench.visit()
    await live(page)
    await page.evaluate(() => document.body.setAttribute("data-same-document", "yes"))
    const surface = accountRow(page, "short-seller").locator(".sea")
    const before = await surface.getAttribute("transform")
    expect(await shown(badge(page, "short-seller"))).toBe("NORMAL")

    server.send(overview({ tick: 3, seller: shortSeller(1) }))
    await becomes(() => shown(badge(page, "short-seller"))).toBe("LIQUIDATABLE")
    expect(await shown(accountCell(page, "short-seller", "Health"))).toMatch(/^−\d/)
    expect(await surface.getAttribute("transform")).not.toBe(before)
    expect(await accountRow(page, "short-seller").locator(".sparkline polyline").getAttribute("points")).toMatch(
      /^\S+ \S+$/,
    )
    await becomes(() => shown(page.locator("[data-announcement]"))).toBe("short-seller is now LIQUIDATABLE")
    expect(await page.locator("body").getAttribute("data-same-document")).toBe("yes")
  })

  it("says that it shows a part of many accounts, and opens one of the others", async () => {
    const { page, server } = await bench.visit()
    await live(page)
    const farAway = { ...shortSeller(0), account: "far-away" }
    let answers = false
    await page.route("**/v1/accounts/far-away/margin", route =>
      answers ? route.fulfill({ json: farAway }) : route.fulfill({ status: 503 }),
    )
    server.send({ ...overview({ tick: 3 }), accountCount: 6_006 })
    await becomes(() => shown(page.locator("[data-part-shown]"))).toContain("5 of 6,006 accounts are shown")
    const refused = page.waitForResponse(response => response.status() === 503)
    await page.evaluate(() => {
      location.hash = "#/accounts/far-away"
    })
    await refused
    // A service that cannot say has not said that nobody is called so.
    expect(await page.locator(".notice").count()).toBe(0)
    answers = true
    server.send({ ...overview({ tick: 4 }), accountCount: 6_006 })
    await becomes(() => shown(badge(page, "far-away"))).toBe("NORMAL")
    server.send(overview({ tick: 6 }))
    await becomes(() => page.locator("[data-part-shown]").count()).toBe(0)
    await becomes(() => page.locator(".notice").allTextContents()).toEqual([
      "No account is called “far-away”. Show all accounts",
    ])
  })

  it("shows an unavailable chain with its reason", async () => {
    const { page, server } = await bench.visit()
    await live(page)
    server.send(overview({ tick: 3, chains: [...CHAINS.slice(0, 2), SOLANA_DOWN] }))
    const solana = page.locator(`[data-chain="${SOLANA_DOWN.chain}"]`)
    await becomes(() => solana.getAttribute("data-status")).toBe("unavailable")
    expect(await shown(solana)).toContain("unavailable")
    expect(await shown(solana)).toContain(SOLANA_DOWN.reason)
    expect(await shown(solana)).not.toContain("slot")
  })

  it("shows figures that do not exist as a dash, never as 0, with the reason", async () => {
    const { page } = await bench.visit("#/accounts/unknown-debtor")
    await live(page)
    for (const label of ["Equity", "Initial margin", "Maintenance", "Health", "Factor"]) {
      expect(await shown(accountCell(page, "unknown-debtor", label).locator("[aria-hidden]")), label).toBe("—")
    }
    expect(await shown(accountRow(page, "unknown-debtor"))).toContain("UNAVAILABLE")
    expect(await shown(accountRow(page, "unknown-debtor"))).not.toMatch(/\d/)
    const detail = page.locator("#detail-unknown-debtor")
    expect(await shown(detail.locator(".figures"))).not.toMatch(/\d/)
    expect(await shown(detail.locator(".reasons"))).toContain("CHAIN_UNAVAILABLE")
    // No margin is no ratio either: a factor of "0" would read as the worst account of all.
    expect(await shown(accountCell(page, "plain-holder", "Factor").locator("[aria-hidden]"))).toBe("—")
  })

  it("opens and closes an account from the keyboard", async () => {
    const { page } = await bench.visit()
    await live(page)
    const link = accountRow(page, "hedged-book").getByRole("link")
    await expect
      .poll(async () => {
        await page.keyboard.press("Tab")
        return link.evaluate(element => element === document.activeElement)
      })
      .toBe(true)
    await page.keyboard.press("Enter")
    const detail = page.locator("#detail-hedged-book")
    await detail.waitFor()
    expect(new URL(page.url()).hash).toBe("#/accounts/hedged-book")
    expect(await link.getAttribute("aria-expanded")).toBe("true")
    expect(await link.evaluate(element => element === document.activeElement)).toBe(true)

    await page.keyboard.press("Enter")
    await detail.waitFor({ state: "detached" })
    expect(await link.getAttribute("aria-expanded")).toBe("false")
  })

  it("lists an open account's holdings by chain with freshness, haircuts and risk units", async () => {
    const { page } = await bench.visit("#/accounts/hedged-book")
    await live(page)
    const ethereum = page.locator('[data-holdings="eip155:1337"]')
    expect(await shown(ethereum)).toContain("block 21,480,117")
    expect(await shown(ethereum)).toContain("2\u202fs behind")
    const eth = ethereum.getByRole("table", { name: "Collateral" }).getByRole("row", { name: /ETH/ })
    expect(await shown(eth.locator('[data-label="Haircuts"]'))).toMatch(/asset\s+−3,765\.56\s+venue\s+−376\.56/)
    expect(await shown(eth.locator('[data-label="Counts as"]'))).toBe("33,513.41")
    const debt = ethereum.getByRole("table", { name: "Debts" }).getByRole("row", { name: /USDC/ })
    expect(await shown(debt.locator('[data-label="Counts as"]'))).toBe("9,090.51")
    const positions = page.locator('[data-holdings="eip155:1397"]').getByRole("table", { name: "Positions" })
    expect(await positions.getByRole("row").count()).toBe(4)
    const unit = page.getByRole("table", { name: "Requirement by underlying" }).getByRole("row", { name: /ETH/ })
    expect(await shown(unit)).toContain("no. 11")
    expect(await shown(unit)).toContain("2,409.96")
  })

  it("says so when the address bar names no known account", async () => {
    const { page } = await bench.visit("#/accounts/nobody%20here")
    await live(page)
    expect(await shown(page.locator(".notice"))).toContain("“nobody here”")
  })

  it("shows the last attestation, and copies the root whole", async () => {
    const { page } = await bench.visit("", { permissions: ["clipboard-read", "clipboard-write"] })
    await live(page)
    const panel = page.getByRole("region", { name: "Last attestation" })
    expect(await shown(panel)).toContain("Epoch 118")
    await panel.getByRole("button", { name: "Copy root hash" }).click()
    await becomes(() => page.evaluate(() => navigator.clipboard.readText())).toBe(overview().attestation?.root ?? "")
    const deliveries = panel.getByRole("table", { name: "Deliveries" })
    expect(await shown(deliveries.getByRole("row", { name: /Ethereum/ }))).toMatch(/DELIVERED[\s\S]*351,204/)
    expect(await shown(deliveries.getByRole("row", { name: /Solana/ }))).toMatch(/PENDING[\s\S]*no receiver program/)
  })

  it("says it is reconnecting, keeps the figures marked as old, and recovers", async () => {
    const { page, server } = await bench.visit()
    for (const how of ["refuse", "status-503"] as const) {
      await live(page)
      server.drop(how)
      await becomes(() => connection(page)).toBe("reconnecting")
      expect(await shown(page.locator(".connection"))).toContain("reconnecting")
      expect(await shown(page.locator(".notice"))).toContain("may no longer hold")
      expect(await shown(accountCell(page, "hedged-book", "Equity"))).toBe("32,947.80")
      server.restore()
    }
    await live(page)
    expect(await page.locator(".notice").count()).toBe(0)
  })

  it("marks figures as old when the stream is up but silent", async () => {
    const { page } = await bench.visit()
    await live(page)
    await page.clock.install()
    await page.clock.fastForward(45_000)
    await becomes(() => shown(page.locator(".notice"))).toContain("silent")
  })

  it("claims nothing before the first update", async () => {
    const { page, server } = await bench.visit("", { serviceDown: true })
    await becomes(() => shown(page.locator("#waiting"))).toContain("cannot be reached")
    expect(await shown(page.locator("main"))).not.toMatch(/\d/)
    server.restore()
    await live(page)
  })

  it("keeps the last figures when an update cannot be read", async () => {
    const { page, server } = await bench.visit()
    for (const data of ["{", "null", '{"valuationTime":1,"accounts":{}}']) {
      await live(page)
      server.sendRaw(data)
      await becomes(() => connection(page)).toBe("unreadable")
      expect(await shown(accountCell(page, "hedged-book", "Equity"))).toBe("32,947.80")
      server.send(overview({ tick: 3 }))
    }
    await live(page)
  })
})
