/** `plimsoll margin` as a process of its own: the same numbers as over HTTP, and errors that name file and field. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { SHIPPED_POLICIES } from "../../aggregator/policies/shipped.js"
import { simulatedSchema } from "../../aggregator/routes/simulate-schemas.js"
import { startCommand } from "../support/command.js"
import { span16Document } from "../support/policies.js"
import { NOW } from "../support/snapshots.js"

const CALL = "ETH-25DEC26-3200-C"
const PORTFOLIO = {
  collateral: [{ symbol: "USDC", amount: "20000" }],
  positions: [
    { instrument: CALL, quantity: "-10" },
    { instrument: "ETH-PERP", quantity: "4" },
  ],
}
const MARKET = { valuationTime: NOW, prices: { ETH: "3000", USDC: "1" }, volatilities: { [CALL]: "0.8" }, rate: "0.03" }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-margin-"))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, JSON.stringify(content))
  return path
}

async function run(portfolio: unknown, market: unknown, policy: string, ...more: readonly string[]) {
  const paths = { portfolio: await file("portfolio.json", portfolio), market: await file("market.json", market) }
  const command = startCommand(
    ["margin", "--portfolio", paths.portfolio, "--market", paths.market, "--policy", policy, ...more],
    {},
  )
  const code = await command.exited
  return { code, output: command.output().trim(), ...paths }
}

describe("plimsoll margin", () => {
  it("prints what the service would answer, by a shipped policy and by a file of one's own", async () => {
    const shipped = await run(PORTFOLIO, MARKET, "span16", "--json")
    expect(shipped.code).toBe(0)
    const own = await file("own.json", { ...span16Document, name: "own" })
    const forked = await run(PORTFOLIO, MARKET, own, "--json")
    const [first, second] = [shipped, forked].map(each => simulatedSchema.strict().parse(JSON.parse(each.output)))
    expect(first?.before.policy.name).toBe("span16")
    expect(second?.before.policy.name).toBe("own")
    expect(second?.before.figures).toEqual(first?.before.figures)
  })

  it("prints a table without --json", async () => {
    const { code, output } = await run(PORTFOLIO, MARKET, "pmrm-2")
    expect(code).toBe(0)
    for (const word of ["pmrm-2", "maintenance margin", "initial margin", CALL, "naked short options"])
      expect(output).toContain(word)
  })

  it("names the file and the field that is wrong", async () => {
    const wrong = { ...PORTFOLIO, positions: [{ instrument: "DOGE-PERP", quantity: "1" }] }
    const unknown = await run(wrong, MARKET, "span16")
    expect(unknown).toMatchObject({
      code: 1,
      output: expect.stringContaining("portfolio.json#/positions/0/instrument:"),
    })
    const unpriced = await run(PORTFOLIO, { ...MARKET, prices: { ETH: "-1" } }, "span16")
    expect(unpriced).toMatchObject({ code: 1, output: expect.stringContaining("market.json#/prices/ETH:") })
    const policy = await file("wrong.json", { ...span16Document, staleness: [] })
    const refused = await run(PORTFOLIO, MARKET, policy)
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining("wrong.json#/staleness:") })
  })

  it("names the policies there are when one does not ship", async () => {
    const { code, output } = await run(PORTFOLIO, MARKET, "span17")
    expect(code).toBe(1)
    for (const name of SHIPPED_POLICIES) expect(output).toContain(name)
  })
})
