/**
 * The published package, installed: it runs from plain JavaScript, finds every file of its own and needs no development tool.
 */
import { execFile } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { simulatedSchema } from "../../aggregator/routes/simulate-schemas.js"
import { startCommand } from "../support/command.js"
import { type InstalledPackage, installPackage } from "../support/installed-package.js"
import { NOW } from "../support/snapshots.js"
import { until } from "../support/until.js"

let installed: InstalledPackage
beforeAll(async () => {
  installed = await installPackage()
})
afterAll(() => installed.remove())

const inPackage = (file: string) => join(installed.folder, "node_modules", "plimsoll", file)
const plimsoll = (args: readonly string[], environment = {}) =>
  startCommand(args, environment, inPackage("bin/plimsoll.js"))

/** Standard output of a module that lies beside `node_modules`. */
async function evaluate(code: string): Promise<string> {
  const script = join(installed.folder, "script.mjs")
  await writeFile(script, code)
  return (await promisify(execFile)(process.execPath, [script])).stdout
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(installed.folder, name)
  await writeFile(path, JSON.stringify(content))
  return path
}

describe("the installed package", () => {
  it("has what protocols compile against, and no program that needs a loader", () => {
    expect(installed.files).toEqual(
      expect.arrayContaining([
        "chains/evm/contracts/MarginHealthReceiver.sol",
        "chains/evm/contracts/MarginHealthReceiver.json",
        "chains/solana/program/consumer.h",
        "chains/solana/program/receiver.so",
        "dist/types/aggregator/client.d.ts",
        "examples/mainnet.json",
      ]),
    )
    expect(installed.files.filter(path => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))).toEqual([])
    expect(installed.files.filter(path => /(^|\/)test\/|tsbuildinfo/.test(path))).toEqual([])
  })

  it("margins a portfolio by a shipped policy", async () => {
    const portfolio = await file("portfolio.json", { collateral: [{ symbol: "USDC", amount: "20000" }] })
    const market = await file("market.json", { valuationTime: NOW, prices: { USDC: "1" } })
    const command = plimsoll(["margin", "--portfolio", portfolio, "--market", market, "--policy", "span16", "--json"])
    expect(await command.exited, command.output()).toBe(0)
    expect(simulatedSchema.parse(JSON.parse(command.output())).before.policy.name).toBe("span16")
  })

  it("serves the page and its description while no chain answers", async () => {
    const config = {
      chains: [{ network: "ethereum", rpc: ["http://127.0.0.1:9"] }],
      accounts: [],
      host: "127.0.0.1",
      port: 0,
      storage: { folder: null },
    }
    const command = plimsoll(["serve", "--config", await file("plimsoll.json", config)], { LOG_LEVEL: "info" })
    try {
      const [, url = ""] = await until("its address", () => /"url":"([^"]+)"/.exec(command.output()))
      const page = await fetch(url)
      expect(page.headers.get("content-type")).toMatch(/^text\/html/)
      const [, script = ""] = /src="([^"]+\.js)"/.exec(await page.text()) ?? []
      expect(await (await fetch(new URL(script, url))).text()).toContain("/v1/stream")
      expect(await (await fetch(new URL("/openapi.json", url))).json()).toMatchObject({ info: { title: "plimsoll" } })
    } finally {
      command.process.kill("SIGTERM")
    }
    expect(await command.exited, command.output()).toBe(0)
  })

  it.each([
    ["devnet", []],
    ["scaffold", ["adapter", "my-venue"]],
  ])("says of %s that it needs a clone", async (name, args) => {
    const command = plimsoll([name, ...args])
    expect(await command.exited).toBe(1)
    expect(command.output()).toMatch(/^CLONE_NEEDED: plimsoll .* clone the repository/m)
    expect(command.output()).not.toContain("    at ")
  })

  it("names the source's line in a stack", async () => {
    const stack = await evaluate(`
      process.setSourceMapsEnabled(true)
      const { LensRequest } = await import(${JSON.stringify(inPackage("dist/service/chains/evm/lens.js"))})
      try { new LensRequest().add({ to: 0, data: "0x00000000" }) } catch (error) { console.log(error.stack) }`)
    expect(stack).toMatch(/chains\/evm\/lens\.ts:\d+:\d+/)
  })

  it("passes over books with threads", async () => {
    const outcome = await evaluate(`
      import { readFile } from "node:fs/promises"
      import { openThreadedBooks } from ${JSON.stringify(inPackage("dist/service/wasm-core/threaded-books.js"))}
      const wasm = await readFile(${JSON.stringify(inPackage("dist/kernel-shared.wasm"))})
      const books = await openThreadedBooks(wasm, { instruments: 1, scenarios: 2, rows: 1 }, 2)
      books.writeTable(0, Float64Array.of(5, -7))
      books.addRows({ rowStart: Uint32Array.of(0, 1), instrument: Uint32Array.of(0), lots: Float64Array.of(2) })
      const { pnl, scenario } = await books.worstScenarios()
      console.log(JSON.stringify([pnl[0], scenario[0]]))
      await books.close()`)
    expect(JSON.parse(outcome)).toEqual([-14, 1])
  })

  it("is called in types by wallets", async () => {
    const answer = await evaluate(`
      import { plimsollClient } from "plimsoll/client"
      const fetch = async url => new Response(JSON.stringify({ asked: String(url) }))
      const response = await plimsollClient("http://service", { fetch }).v1.accounts.$get()
      console.log((await response.json()).asked)`)
    expect(answer.trim()).toBe("http://service/v1/accounts")
  })
})
