/**
 * The commands as users run them: started as processes, stopped by signals, nothing left behind.
 */
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import type { ConfigInput } from "../../aggregator/config.js"
import { accountListSchema } from "../../aggregator/routes/margin-schemas.js"
import { isAlive, type RunningCommand, startCommand } from "../support/command.js"
import { until } from "../support/until.js"

const UP = /plimsoll is up: (http:\/\/\S+)/

let command: RunningCommand
let cleanUp: (() => Promise<void>)[] = []
function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): RunningCommand {
  command = startCommand(args, environment)
  return command
}
afterEach(async () => {
  if (command.process.exitCode === null && command.process.signalCode === null) {
    const children = await command.descendants()
    for (const pid of [command.process.pid, ...children]) if (pid && isAlive(pid)) process.kill(pid, "SIGKILL")
  }
  for (const each of cleanUp.splice(0)) await each()
  cleanUp = []
})

/** Everything that the command has started while it ran. */
function watched({ process, descendants }: RunningCommand): Set<number> {
  const seen = new Set<number>()
  const look = async () => {
    for (const pid of await descendants()) seen.add(pid)
    return process.exitCode !== null || process.signalCode !== null
  }
  void until("the end of the command", look, Number.POSITIVE_INFINITY)
  return seen
}

const said = (pattern: RegExp) => until(`"${pattern.source}"`, () => pattern.exec(command.output()))
const chainsStarted = (seen: ReadonlySet<number>) => until("both EVM chains", () => seen.size >= 2)
/** Chains are stopped before the command ends; its compiler notices the end by itself, a moment later. */
const noneLeft = (pids: ReadonlySet<number>) => until("the end of all it started", () => ![...pids].some(isAlive))

describe("plimsoll devnet", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "is up with every owner, and leaves nothing behind after %s",
    async signal => {
      const { exited, process, output } = start(["devnet"], { PORT: "0" })
      const children = watched(command)
      const [, url = ""] = await said(UP)
      const { accounts } = await until("the first reading", async () => {
        const response = await fetch(`${url}/v1/accounts`)
        return response.ok && accountListSchema.parse(await response.json())
      })
      expect(accounts.length).toBeGreaterThanOrEqual(4)
      expect((await fetch(url)).headers.get("content-type")).toMatch(/^text\/html/)
      await chainsStarted(children)
      // A page that is open must not hold up the stop.
      const stream = await fetch(`${url}/v1/stream`)
      process.kill(signal)
      expect(await exited).toBe(0)
      await stream.text().catch(() => undefined)
      await noneLeft(children)
      // A warning may say what it likes: on a slow machine a chain is unavailable now and then.
      const lines = output().split("\n")
      expect(lines.filter(line => !line.includes('"level":40,') && /error|"level":[56]0,/i.test(line))).toEqual([])
    },
  )

  it("stops as well when it is told to while it still starts", async () => {
    const { exited, process } = start(["devnet"], { PORT: "0" })
    const children = watched(command)
    await chainsStarted(children)
    process.kill("SIGINT")
    expect(await exited).toBe(0)
    await noneLeft(children)
  })

  it("names a busy port and leaves nothing running", async () => {
    const squatter = createServer().listen(0, "127.0.0.1")
    await once(squatter, "listening")
    cleanUp.push(async () => {
      squatter.close()
    })
    const address = squatter.address()
    const port = typeof address === "object" && address ? address.port : 0
    const { exited, output } = start(["devnet"], { PORT: String(port) })
    const children = watched(command)
    expect(await exited).toBe(1)
    expect(output()).toContain("PORT_IN_USE")
    expect(output()).toContain(String(port))
    expect(output()).not.toMatch(/\n\s+at /)
    await noneLeft(children)
  })

  it.each(["abc", "70000", "-1", "80.5", ""])("refuses %j as a port before it starts anything", async port => {
    const { exited, output } = start(["devnet"], { PORT: port })
    expect(await exited).toBe(1)
    expect(output()).toContain("/environment/PORT")
    expect(output()).not.toContain("starting")
  })
})

describe("plimsoll serve", () => {
  const config: ConfigInput = {
    chains: [
      {
        kind: "evm",
        chain: "eip155:1",
        name: "Ethereum",
        wormholeChain: 2,
        // Nobody listens there: a chain that is down does not keep the service from coming up.
        rpc: ["http://127.0.0.1:9"],
        finality: "finalized",
        assets: [{ address: "native", symbol: "ETH", decimals: 18 }],
        adapters: [{ adapter: "wallet" }],
        wormhole: { core: "0x98f3c9e6E3fAce36bAAd05FE09d375Ef1464288B" },
      },
    ],
    port: 0,
    // Nothing of a test stays in the folder that it runs in.
    storage: { folder: null },
    attestation: { homeChain: "eip155:1", guardianApis: ["http://127.0.0.1:9"] },
  }
  async function fileOf(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "plimsoll-config-"))
    cleanUp.push(() => rm(folder, { recursive: true }))
    const file = join(folder, "config.json")
    await writeFile(file, text)
    return file
  }
  const NO_KEYS = { PLIMSOLL_PUBLISHER_KEY: "", PLIMSOLL_RELAYER_KEY: "" }

  it.each([
    ["no JSON", "{", "config.json"],
    ["a wrong field", JSON.stringify({ ...config, chains: [] }), "/chains"],
    ["no keys", JSON.stringify(config), "PLIMSOLL_PUBLISHER_KEY"],
  ])("ends with %s, says what is wrong, and leaves nothing listening", async (_, text, word) => {
    const { exited, output } = start(["serve", "--config", await fileOf(text)], NO_KEYS)
    expect(await exited).toBe(1)
    expect(output()).toContain(word)
    expect(output()).not.toMatch(/\n\s+at /)
  })

  it("comes up though its chain is down, says so, and stops when told", async () => {
    const { attestation: _, ...unpublished } = config
    const { exited, process } = start(["serve", "--config", await fileOf(JSON.stringify(unpublished))], {
      LOG_LEVEL: "info",
    })
    const [, url = ""] = await said(/"url":"([^"]+)"/)
    await until("a reading", async () => (await fetch(`${url}/v1/accounts`)).ok)
    const readyz = await fetch(`${url}/readyz`)
    expect(readyz.status).toBe(503)
    expect(await readyz.json()).toMatchObject({
      checks: [
        { name: "margin", ok: true },
        { name: "chain eip155:1", ok: false },
      ],
    })
    process.kill("SIGTERM")
    expect(await exited).toBe(0)
  })
})
