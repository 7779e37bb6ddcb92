/**
 * `plimsoll relay` as people run it: a process of its own beside somebody's aggregator, killed at any moment, twice at
 * once, before garbage.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { toHex } from "viem"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { Attestation } from "../../aggregator/domain/attestation.js"
import { encodeCommitment } from "../../aggregator/pipeline/commitment-format.js"
import type { PlannedDelivery } from "../../aggregator/relay/dry-run.js"
import type { RelayConfigInput } from "../../aggregator/relay/relay-config.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { attestationOf } from "../support/attestation.js"
import { chainTime, startAttestationChains } from "../support/attestation-chains.js"
import { type RunningCommand, startCommand } from "../support/command.js"
import { startServer } from "../support/http.js"
import { until } from "../support/until.js"

const KEY = 17
const never = new AbortController().signal

let chains: Awaited<ReturnType<typeof startAttestationChains>>
let aggregator: Awaited<ReturnType<typeof startServer>>
/** What the aggregator shows; `null`: garbage. */
let shown: { readonly attestation: Attestation; readonly sequence: bigint } | null = null
let folder: string
beforeAll(async () => {
  chains = await startAttestationChains()
  aggregator = await startServer(path => {
    if (!shown) return { status: 200, body: "<html>" }
    if (path.endsWith("/commitment")) return { status: 200, body: encodeCommitment(shown.attestation) }
    const { epoch, root, timestamp, validity } = shown.attestation
    const publication = { chain: "eip155:1337", transaction: "0x1", sequence: String(shown.sequence) }
    return { status: 200, body: JSON.stringify({ epoch: String(epoch), root, timestamp, validity, publication }) }
  })
  folder = await mkdtemp(join(tmpdir(), "plimsoll-"))
})
afterAll(async () => {
  await aggregator.stop()
  await chains.stop()
  await rm(folder, { recursive: true })
})

let commands: RunningCommand[] = []
afterEach(async () => {
  for (const command of commands) {
    if (command.process.exitCode === null) command.process.kill("SIGKILL")
    await command.exited
  }
  commands = []
})

async function start(name: string, args: readonly string[] = []): Promise<RunningCommand> {
  const config: RelayConfigInput = {
    aggregator: aggregator.url,
    guardianApis: [chains.guardian.url],
    emitter: { wormholeChain: 2, address: chains.emitter },
    dataFolder: join(folder, name),
    pollSeconds: 0.05,
    leaseSeconds: 120,
    port: 0,
    chains: [
      {
        kind: "evm",
        chain: "eip155:1337",
        name: "Home",
        rpc: [chains.home.url],
        receiver: chains.home.receiver.address,
        confirmSeconds: 60,
        dailyBudget: "1",
        balanceAlert: "2000000",
      },
    ],
  }
  const file = join(folder, `${name}.json`)
  await writeFile(file, JSON.stringify(config))
  const { privateKey } = devAccount(KEY).getHdKey()
  const command = startCommand(["relay", "--config", file, ...args], {
    PLIMSOLL_RELAYER_KEY: toHex(privateKey ?? new Uint8Array()),
    LOG_LEVEL: "info",
  })
  commands.push(command)
  return command
}

let epoch = 0n
async function publish(): Promise<Attestation> {
  const attestation = attestationOf(3, ++epoch, await chainTime(chains.home), 3_600)
  const { sequence } = await chains.publisher.publish(attestation, never)
  shown = { attestation, sequence }
  return attestation
}
const held = async () => (await chains.home.receiver.latest()).epoch
const sent = () => chains.home.client.getTransactionCount({ address: devAccount(KEY).address })
const holds = (wanted: bigint) => until(`epoch ${wanted} on chain`, async () => (await held()) === wanted)
const holding = (command: RunningCommand) => until("the lease", () => command.output().includes("holding the lease"))
const urlOf = async (command: RunningCommand) =>
  (await until("its metrics", () => /"url":"([^"]+)"/.exec(command.output())))[1] ?? ""

describe("plimsoll relay", () => {
  it("prints what it would do and what that costs, and does nothing", async () => {
    await publish()
    const command = await start("plan", ["--dry-run", "--json"])
    expect(await command.exited, command.output()).toBe(0)
    const [plan] = JSON.parse(command.output()) as PlannedDelivery[]
    expect(plan).toMatchObject({ name: "Home", action: "send", epoch: "1", trigger: "FIRST", reason: null })
    expect(BigInt(plan?.fee ?? 0)).toBeGreaterThan(0n)
    expect(plan?.feeCoins).toMatch(/^0\.\d+$/)
    expect([await sent(), await held()]).toEqual([0, 0n])
    const inWords = await start("plan", ["--dry-run"])
    expect(await inWords.exited).toBe(0)
    expect(inWords.output()).toMatch(/^Home: send epoch 1 \(FIRST\), \d+ gas, at most 0\.\d+ coins\n$/)
  })

  it("delivers each epoch once though it is killed again and again", async () => {
    const before = await sent()
    const first = epoch
    for (const moment of ["holding the lease", "waiting", "DELIVERED"]) {
      const { epoch: wanted } = await publish()
      const command = await start("crashing")
      await until(moment, () => command.output().includes(moment))
      command.process.kill("SIGKILL")
      await command.exited
      // The next life of it finishes what is left, and no more.
      const again = await start("crashing")
      await holding(again)
      await holds(wanted)
      again.process.kill("SIGTERM")
      expect(await again.exited, again.output()).toBe(0)
    }
    const last = await start("crashing")
    await holding(last)
    await holds(epoch)
    last.process.kill("SIGTERM")
    expect(await last.exited).toBe(0)
    expect((await sent()) - before).toBeLessThanOrEqual(Number(epoch - first) + 1)
    const failed = await chains.home.client.getBlockNumber().then(async newest => {
      const blocks = await Promise.all(
        Array.from({ length: Number(newest) }, (_, i) =>
          chains.home.client.getBlock({ blockNumber: BigInt(i + 1), includeTransactions: true }),
        ),
      )
      const mine = blocks.flatMap(({ transactions }) =>
        transactions.filter(({ from }) => from === devAccount(KEY).address.toLowerCase()),
      )
      const receipts = await Promise.all(mine.map(({ hash }) => chains.home.client.getTransactionReceipt({ hash })))
      return receipts.filter(({ status }) => status !== "success").length
    })
    expect(failed).toBe(0)
  })

  it("stands by while another holds the lease, and takes over when that one is gone", async () => {
    const first = await start("twins")
    await holding(first)
    const second = await start("twins")
    await until("standing by", () => second.output().includes("standing by"))
    const before = await sent()
    await holds((await publish()).epoch)
    expect((await sent()) - before).toBe(1)
    first.process.kill("SIGTERM")
    expect(await first.exited).toBe(0)
    await holding(second)
    await holds((await publish()).epoch)
    expect((await sent()) - before).toBe(2)
  })

  it("goes on when its aggregator talks nonsense, and says in its metrics how it is", async () => {
    const command = await start("metrics")
    await holds((await publish()).epoch)
    const url = await urlOf(command)
    const exposed = async () => (await fetch(url)).text()
    await until("the balance", async () => /plimsoll_relay_balance_low\{chain="eip155:1337"\} 1/.test(await exposed()))
    const confirmed = `plimsoll_confirmed_epoch{chain="eip155:1337"} ${epoch}`
    await until("the confirmed epoch", async () => (await exposed()).includes(confirmed))
    shown = null
    await until("the trouble", async () => /plimsoll_relay_troubles_total\{chain="aggregator"/.test(await exposed()))
    await holds((await publish()).epoch)
  })

  it("refuses to start without a key, or with a wrong field, and names it", async () => {
    const file = join(folder, "wrong.json")
    await writeFile(file, "{}")
    const command = startCommand(["relay", "--config", file], { PLIMSOLL_RELAYER_KEY: "" })
    commands.push(command)
    expect(await command.exited).toBe(1)
    expect(command.output()).toContain("/aggregator")
  })
})
