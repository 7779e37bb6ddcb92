/**
 * A browser on the built page: what every page test starts with, and the few ways in which it reads the page.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BrowserContextOptions, Locator, Page } from "playwright-core"
import { expect } from "vitest"
import { launchChromium, PAGE_PATIENCE_MS } from "./chromium.js"
import { overview } from "./page-overview.js"
import { buildPage, type PageServer, servePage } from "./page-server.js"

export interface Visit {
  readonly page: Page
  readonly server: PageServer
  /** Errors and warnings of the console, content policy violations among them. */
  readonly complaints: readonly string[]
}

export interface PageBench {
  /** Opens the page at a hash, in a browser context and with a server of its own. */
  visit(hash?: string, options?: BrowserContextOptions & { serviceDown?: boolean }): Promise<Visit>
  /** Ends the last visit. */
  leave(): Promise<void>
  stop(): Promise<void>
}

export async function startPageBench(): Promise<PageBench> {
  const folder = await mkdtemp(join(tmpdir(), "plimsoll-page-"))
  await buildPage(folder)
  const browser = await launchChromium()
  let leave = async () => {}
  return {
    async visit(hash = "", { serviceDown = false, ...options } = {}) {
      const server = await servePage(folder, overview())
      if (serviceDown) server.drop("status-503")
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
      leave = async () => {
        await context.close()
        await server.stop()
      }
      context.setDefaultTimeout(PAGE_PATIENCE_MS)
      const page = await context.newPage()
      const complaints: string[] = []
      page.on("pageerror", error => complaints.push(String(error)))
      page.on("console", message => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text())
      })
      await page.goto(server.url + hash)
      return { page, server, complaints }
    },
    leave: () => leave(),
    async stop() {
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export const accountRow = (page: Page, account: string): Locator => page.locator(`[data-account="${account}"]`)
export const accountCell = (page: Page, account: string, label: string): Locator =>
  accountRow(page, account).locator(`[data-label="${label}"]`)
export const badge = (page: Page, account: string): Locator => accountRow(page, account).locator(".badge")

/** The text a reader sees in the one element that matches. */
export async function shown(locator: Locator): Promise<string> {
  const texts = await locator.allInnerTexts()
  expect(texts).toHaveLength(1)
  return texts.join()
}

/** Waits for a reading to become what follows, e.g. `await becomes(() => shown(badge)).toBe("NORMAL")`. */
export const becomes = (read: () => Promise<unknown>) => expect.poll(read, { interval: 25 })

export const connection = (page: Page): Promise<string | null> =>
  page.locator("[data-connection]").getAttribute("data-connection")

export const live = (page: Page): Promise<void> => becomes(() => connection(page)).toBe("live")
