/**
 * README's examples for protocols, wallets and relayers, run as they stand there against the local chains: only what
 * differs between machines (addresses, ports, keys) is put in its place.
 */
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { toHex } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { formatDecimal } from "../../aggregator/domain/decimal.js"
import { attestationSchema } from "../../aggregator/routes/attestation-schemas.js"
import { changesSchema } from "../../aggregator/routes/changes-schemas.js"
import { explainSchema } from "../../aggregator/routes/explain-schemas.js"
import { proofSchema } from "../../aggregator/routes/inclusion-schemas.js"
import { liquidationSchema } from "../../aggregator/routes/liquidation-schemas.js"
import { accountListSchema, marginSchema } from "../../aggregator/routes/margin-schemas.js"
import { riskArraySchema } from "../../aggregator/routes/risk-array-schemas.js"
import { simulatedSchema } from "../../aggregator/routes/simulate-schemas.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { emitterOf } from "../../chains/evm/core-bridge.js"
import { deployReceiver, openReceiver } from "../../chains/evm/receiver.js"
import { receiverAbi } from "../../chains/evm/receiver-abi.js"
import { openSender } from "../../chains/evm/sender.js"
import { startCommand } from "../support/command.js"
import { readmeExample } from "../support/documentation.js"
import { type RunningDevnet, startRunningDevnet } from "../support/running-devnet.js"
import { until } from "../support/until.js"

const BINARY = fileURLToPath(new URL("../../bin/plimsoll.js", import.meta.url))
const KEY = 17
const never = new AbortController().signal

let system: RunningDevnet
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-readme-"))
  // One epoch for all of the file: what an example shows does not depend on when it runs.
  system = await startRunningDevnet({ epochSeconds: 100_000 })
  await until(
    "an epoch on every chain",
    () => system.service.book.latestEpoch?.deliveries.filter(each => each.status === "DELIVERED").length === 3,
  )
})
afterAll(async () => {
  await system?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Output of a command from README; an answer other than 2xx fails it. */
async function run(command: string): Promise<string> {
  const script = [
    'curl() { command curl -sS --fail-with-body "$@"; }',
    `npx() { shift; '${process.execPath}' '${BINARY}' "$@"; }`,
    command.replaceAll("http://127.0.0.1:8787", system.service.url),
  ].join("\n")
  const { stdout } = await promisify(execFile)("sh", ["-c", script], { cwd: folder, maxBuffer: 2 ** 24 })
  return stdout
}

/** The only command that has this in it. */
function only(commands: readonly string[], part: string): string {
  const [command, ...more] = commands.filter(each => each.includes(part))
  if (command === undefined || more.length > 0) throw new Error(`README has not one command with ${part}`)
  return command
}

const evmChain = () => {
  const chain = system.devnet.chains.find(each => each.chain === system.devnet.homeChain)
  if (chain?.kind !== "evm" || !chain.wormhole.receiver) throw new Error("no receiver on the home chain")
  const [url = ""] = chain.rpc
  const chainId = Number(chain.chain.slice("eip155:".length))
  return { ...chain, url, sender: openSender({ url, chainId, account: devAccount(KEY) }) }
}

describe("for protocols", () => {
  const { commands } = readmeExample("For protocols")

  it("shows five commands, each run below", () => {
    expect(commands).toHaveLength(5)
  })

  it("gets a proof that the receiver on chain takes", async () => {
    const { leaf, proof, health, status } = proofSchema.parse(JSON.parse(await run(only(commands, "/proof"))))
    const { sender, wormhole } = evmChain()
    const big = {
      equity: BigInt(leaf.equity),
      initialMargin: BigInt(leaf.initialMargin),
      maintenanceMargin: BigInt(leaf.maintenanceMargin),
      asOf: BigInt(leaf.asOf),
    }
    const hex = (text: string) => text as `0x${string}`
    const [proved, provedStatus] = await sender.client.readContract({
      address: hex(wormhole.receiver ?? ""),
      abi: receiverAbi,
      functionName: "verifyHealth",
      args: [{ ...leaf, ...big, holder: hex(leaf.holder), account: hex(leaf.account) }, proof.map(hex)],
    })
    expect([formatDecimal(proved), provedStatus]).toEqual([health, leaf.status])
    expect(status).toBe("NORMAL")
  })

  it.each([
    ["/liquidation", liquidationSchema],
    ["/risk-array", riskArraySchema],
    ["/attestations/latest", attestationSchema],
  ] as const)("gets %s", async (path, schema) => {
    schema.parse(JSON.parse(await run(only(commands, path))))
  })

  it("re-computes an epoch", async () => {
    expect(await run(only(commands, "plimsoll verify"))).toMatch(/^OK: epoch 1, /)
  })
})

describe("for wallets", () => {
  const { commands } = readmeExample("For wallets")
  const simulate = only(commands, "/simulate")

  it("shows six commands, each run below", () => {
    expect(commands).toHaveLength(6)
  })

  it.each([
    [/\/v1\/accounts$/m, accountListSchema],
    [/\/margin +#/, marginSchema],
    [/\/explain/, explainSchema],
    [/\/changes/, changesSchema],
  ] as const)("gets %s", async (path, schema) => {
    const [command = "", ...more] = commands.filter(each => path.test(each))
    expect(more).toEqual([])
    schema.parse(JSON.parse(await run(command)))
  })

  it("asks what a book needs over HTTP, and from files by another policy", async () => {
    const { before } = simulatedSchema.parse(JSON.parse(await run(simulate)))
    expect(before.figures).not.toBeNull()

    const { market, ...portfolio } = JSON.parse(simulate.slice(simulate.indexOf("{"), simulate.lastIndexOf("}") + 1))
    await writeFile(join(folder, "market.json"), JSON.stringify(market))
    await writeFile(join(folder, "portfolio.json"), JSON.stringify(portfolio))
    expect(await run(only(commands, "plimsoll margin"))).toContain("maintenance margin")
  })
})

describe("for relayers", () => {
  const { commands, code } = readmeExample("For relayers")
  const { privateKey } = devAccount(KEY).getHdKey()
  const environment = { PLIMSOLL_RELAYER_KEY: toHex(privateKey ?? new Uint8Array()) }
  const start = (command: string) => {
    const [, words = ""] = /^npx plimsoll ([^#]+)/.exec(command) ?? []
    return startCommand(words.trim().replace("relay.json", join(folder, "relay.json")).split(" "), environment)
  }

  it("says what it would send to a receiver that holds nothing, and then sends it", async () => {
    const { chain, url, sender, wormhole } = evmChain()
    const publisher = privateKeyToAccount(system.devnet.keys.publisher).address
    const emitter = { wormholeChain: 2, emitter: emitterOf(publisher) }
    const receiver = openReceiver(sender, await deployReceiver(sender, wormhole.core as `0x${string}`, emitter, never))
    const shown = JSON.parse(code("json"))
    const config = {
      ...shown,
      aggregator: system.service.url,
      guardianApis: [system.devnet.guardianApi],
      emitter: { wormholeChain: emitter.wormholeChain, address: publisher },
      dataFolder: join(folder, "relay"),
      port: 0,
      chains: [{ ...shown.chains[0], chain, rpc: [url], receiver: receiver.address }],
    }
    await writeFile(join(folder, "relay.json"), JSON.stringify(config))

    const plan = start(only(commands, "--dry-run"))
    expect(await plan.exited, plan.output()).toBe(0)
    expect(plan.output()).toMatch(/^Base: send epoch 1 \(FIRST\), \d+ gas, at most 0\.\d+ coins\n$/)

    const [command = ""] = commands.filter(each => !each.includes("--dry-run"))
    const relay = start(command)
    try {
      await until("the epoch on chain", async () => (await receiver.latest()).epoch === 1n)
    } finally {
      relay.process.kill("SIGTERM")
      await relay.exited
    }
  })
})
