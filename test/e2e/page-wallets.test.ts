/**
 * Wallets in the page, as browsers announce them: an account opened, an address of another chain linked, and taken out.
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import { base58 } from "@scure/base"
import type { Browser, Page } from "playwright-core"
import { privateKeyToAccount } from "viem/accounts"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { axeViolations } from "../support/axe.js"
import { chromiumMissing, launchChromium, PAGE_PATIENCE_MS } from "../support/chromium.js"
import { becomes } from "../support/page-bench.js"
import { type RunningDevnet, startRunningDevnet } from "../support/running-devnet.js"

const evm = privateKeyToAccount(`0x${"7b".repeat(32)}`)
const solanaSecret = new Uint8Array(32).fill(9)
const solanaKey = base58.encode(ed25519.getPublicKey(solanaSecret))

/** Runs in the page: two wallets that announce themselves and have their signatures made by the test. */
function announceWallets([evmAddress, solanaAddress]: readonly [string, string]): void {
  const made = globalThis as unknown as {
    signEvm(hex: string): Promise<string>
    signSolana(text: string): Promise<number[]>
  }
  const provider = {
    request: async ({ method, params = [] }: { method: string; params?: readonly string[] }) => {
      if (method === "eth_requestAccounts") return [evmAddress]
      if (method === "personal_sign" && params[1] === evmAddress) return made.signEvm(params[0] ?? "")
      throw new Error(`${method} is not supported`)
    },
  }
  const detail = { info: { uuid: "1", name: "Test EVM" }, provider }
  const announce = () => dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }))
  addEventListener("eip6963:requestProvider", announce)
  announce()

  const account = { address: solanaAddress, chains: ["solana:mainnet"] }
  const wallet = {
    name: "Test Solana",
    features: {
      "standard:connect": { connect: async () => ({ accounts: [account] }) },
      "solana:signMessage": {
        signMessage: async ({ message }: { message: Uint8Array }) => [
          { signature: Uint8Array.from(await made.signSolana(new TextDecoder().decode(message))) },
        ],
      },
    },
  }
  addEventListener("wallet-standard:app-ready", event =>
    (event as CustomEvent<{ register(...wallets: unknown[]): void }>).detail.register(wallet),
  )
}

describe.skipIf(chromiumMissing())("wallets in the page", () => {
  let system: RunningDevnet
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    ;[system, browser] = await Promise.all([startRunningDevnet(), launchChromium()])
    page = await browser.newPage()
    page.setDefaultTimeout(PAGE_PATIENCE_MS)
    await page.exposeFunction("signEvm", (hex: `0x${string}`) => evm.signMessage({ message: { raw: hex } }))
    await page.exposeFunction("signSolana", (text: string) => [
      ...ed25519.sign(new TextEncoder().encode(text), solanaSecret),
    ])
    await page.addInitScript(announceWallets, [evm.address, solanaKey] as const)
    await page.goto(system.service.url)
    await page.locator(".wallets").waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  const press = (name: string) => page.getByRole("button", { name, exact: true }).click()
  const outcome = () => page.locator(".wallets [data-outcome]").textContent()
  const chooseAddress = (prefix: string) =>
    page.locator(".link-form select").selectOption({
      value: `${system.devnet.chains.find(each => each.chain.startsWith(prefix))?.chain}:${
        prefix === "solana:" ? solanaKey : evm.address
      }`,
    })
  const addresses = () =>
    system.service.book.latest?.snapshot.accounts.find(each => each.id === "my-book")?.addresses ?? []

  it("are found and connected", async () => {
    await press("Connect Test EVM")
    await press("Connect Test Solana")
    await becomes(outcome).toBe("Test Solana is connected.")
  })

  it("open an account that is read from then on", async () => {
    await page.getByLabel("Account", { exact: true }).fill("my-book")
    await chooseAddress("eip155:")
    await press("Open account")
    await becomes(outcome).toContain("my-book is open with")
    await becomes(() => page.locator('[data-account="my-book"]').count()).toBe(1)
    await becomes(async () => addresses().length).toBe(1)
  })

  it("link an address of another chain, both sides signing", async () => {
    await chooseAddress("solana:")
    await press("Link address")
    await becomes(outcome).toContain("is linked to my-book")
    await becomes(async () => addresses().length).toBe(2)
    expect(addresses().some(each => each.endsWith(solanaKey))).toBe(true)
  })

  it("take an address out again", async () => {
    await becomes(() => page.getByRole("button", { name: "Unlink address" }).isEnabled()).toBe(true)
    await press("Unlink address")
    await becomes(outcome).toContain("no longer linked to my-book")
    await becomes(async () => addresses().length).toBe(1)
  })

  it("open, show, test and close alerts of the account, each step signed", async () => {
    const alerts = page.locator(".alerts")
    const told = () => alerts.locator("p[data-outcome]").textContent()
    const entries = () => alerts.locator("li").allTextContents()
    const target = "https://alerts.example/hook"
    await page.locator('[data-account="my-book"] a').first().click()
    await alerts.getByLabel("URL").fill(target)
    await alerts.getByLabel("Health under (USD)").fill("1000")
    await alerts.getByLabel("Well again at (USD)").fill("999")
    await press("Open alert")
    await becomes(told).toContain("must not be under the threshold")
    await alerts.getByLabel("Well again at (USD)").fill("1200")
    await press("Open alert")
    await becomes(told).toContain("The alert is open")
    expect(await alerts.locator(".alert-secret code").textContent()).toMatch(/^whsec_/)

    await press("Show alerts")
    await becomes(told).toBe("These are the alerts of this account.")
    expect((await entries()).join()).toContain(`${target} status; health under 1000, back at 1200 USD`)
    await press(`Test ${target}`)
    await becomes(told).toBe("A test message is on its way.")
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await axeViolations(page), colorScheme).toEqual([])
    }
    await press(`Close ${target}`)
    await becomes(told).toBe("The alert is closed.")
    expect(await entries()).toEqual([])
  })

  it("open no alert of an account that is not theirs", async () => {
    await page.locator('[data-account="hedged-book"] a').first().click()
    await becomes(() => page.locator(".alerts .empty").textContent()).toContain("is linked to this account")
    expect(await page.getByRole("button", { name: "Open alert" }).count()).toBe(0)
  })

  it("say in the service's words why something is refused", async () => {
    await page.getByLabel("Account", { exact: true }).fill("NO such id")
    await press("Open account")
    await becomes(outcome).toContain("lower-case letters")
    expect(await page.locator(".wallets [data-outcome]").getAttribute("data-outcome")).toBe("false")
  })
})
