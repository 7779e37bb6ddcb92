/**
 * The page for everybody: strict content policy, narrow screens, contrast, landmarks, less motion.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { chromiumMissing } from "../support/chromium.js"
import { accountRow, badge, becomes, live, type PageBench, shown, startPageBench } from "../support/page-bench.js"
import { faintTexts } from "../support/page-contrast.js"
import { CHAINS, overview, SOLANA_DOWN, shortSeller } from "../support/page-overview.js"

const WIDTHS = [360, 480, 768, 900, 1100, 1150, 1280, 1440]

describe.skipIf(chromiumMissing())("access to the page", () => {
  let bench: PageBench
  beforeAll(async () => {
    bench = await startPageBench()
  })
  afterEach(() => bench.leave())
  afterAll(() => bench?.stop())

  it("runs under a strict content policy without a complaint, and asks nobody else for anything", async () => {
    const { page, server, complaints } = await bench.visit("#/accounts/hedged-book")
    const elsewhere: string[] = []
    page.on("request", request => {
      if (!request.url().startsWith(server.url)) elsewhere.push(request.url())
    })
    await page.reload()
    await live(page)
    server.send(overview({ tick: 3, seller: shortSeller(1) }))
    await becomes(() => shown(badge(page, "short-seller"))).toBe("LIQUIDATABLE")
    expect(complaints).toEqual([])
    expect(elsewhere).toEqual([])
  })

  it("would hear of a violated content policy", async () => {
    const { page, complaints } = await bench.visit()
    await live(page)
    await page.evaluate(() =>
      document.body.append(Object.assign(document.createElement("style"), { textContent: "a{}" })),
    )
    await becomes(async () => complaints.join()).toContain("Content Security Policy")
  })

  it("never scrolls sideways, from a narrow phone to a wide screen", async () => {
    const { page, server } = await bench.visit("#/accounts/hedged-book")
    await live(page)
    server.send(overview({ tick: 3, seller: shortSeller(1), chains: [...CHAINS.slice(0, 2), SOLANA_DOWN] }))
    await becomes(() => shown(badge(page, "short-seller"))).toBe("LIQUIDATABLE")
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBeLessThanOrEqual(width)
    }
  })

  it("reaches 4.5:1 on every text in both colour schemes", async () => {
    const { page, server } = await bench.visit("#/accounts/hedged-book")
    await live(page)
    server.send(overview({ tick: 3, seller: shortSeller(1), chains: [...CHAINS.slice(0, 2), SOLANA_DOWN] }))
    await becomes(() => shown(badge(page, "short-seller"))).toBe("LIQUIDATABLE")
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await faintTexts(page), colorScheme).toEqual([])
    }
    await page.locator("h1").evaluate(heading => heading.style.setProperty("color", "#777"))
    expect((await faintTexts(page)).map(each => each.text)).toEqual(["plimsoll"])
  })

  it("has its landmarks, one heading of the first rank and no rank left out", async () => {
    const { page } = await bench.visit("#/accounts/hedged-book")
    await live(page)
    for (const landmark of ["banner", "main", "contentinfo"] as const)
      expect(await page.getByRole(landmark).count(), landmark).toBe(1)
    const ranks = await page
      .locator("h1,h2,h3,h4,h5,h6")
      .evaluateAll(all => all.map(each => Number(each.tagName.slice(1))))
    expect(ranks.filter(rank => rank === 1)).toHaveLength(1)
    expect(ranks.every((rank, index) => rank <= (ranks[index - 1] ?? 0) + 1)).toBe(true)
    expect(await page.getByRole("table", { name: "Margin health of every account" }).count()).toBe(1)
  })

  it("moves nothing for readers who asked for less motion", async () => {
    const { page } = await bench.visit("", { reducedMotion: "reduce" })
    await live(page)
    const duration = () =>
      accountRow(page, "hedged-book")
        .locator(".sea")
        .evaluate(sea => getComputedStyle(sea).transitionDuration)
    expect(await duration()).toBe("0s")
    await page.emulateMedia({ reducedMotion: "no-preference" })
    expect(await duration()).not.toBe("0s")
  })
})
