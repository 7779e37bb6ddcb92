/**
 * `plimsoll verify` as anybody would run it: against a running service, and with the chains read again.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { splitAddress } from "../../aggregator/domain/caip.js"
import { quantity } from "../../aggregator/domain/fixed.js"
import type { Snapshot } from "../../aggregator/domain/snapshot.js"
import { readingDifference } from "../../aggregator/pipeline/verify-reading.js"
import { type ChainConfigInput, chainConfig } from "../../chains/chain-config.js"
import { rereaderOf } from "../../chains/readers.js"
import { startCommand } from "../support/command.js"
import { type RunningDevnet, startRunningDevnet } from "../support/running-devnet.js"
import { until } from "../support/until.js"

let system: RunningDevnet
let folder: string
let epoch: bigint
beforeAll(async () => {
  system = await startRunningDevnet()
  folder = await mkdtemp(join(tmpdir(), "plimsoll-verify-"))
  const signed = await until("a signed epoch with figures", async () => {
    const { book } = system.service
    const record = book.latestEpoch
    if (!record?.vaa) return false
    const attestation = await book.attestation(record.attestation.epoch)
    return attestation?.leaves.every(leaf => leaf.status !== "UNAVAILABLE") && record
  })
  epoch = signed.attestation.epoch
})
afterAll(async () => {
  await system?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function verify(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const command = startCommand(["verify", ...args], {})
  const code = await command.exited
  return { code, output: command.output() }
}

const attestationUrl = () => `${system.service.url}/v1/attestations/${epoch}`

describe("plimsoll verify", () => {
  it("re-computes an epoch by its number and by its URL, and reads the chains again at the pinned blocks", async () => {
    const byNumber = await verify(String(epoch), "--service", system.service.url)
    expect(byNumber.output).toContain(`OK: epoch ${epoch}, `)
    expect(byNumber.output).toContain("its signed message says the same")
    expect(byNumber.code).toBe(0)

    const config = join(folder, "config.json")
    await writeFile(config, JSON.stringify({ chains: system.devnet.chains }))
    const reread = await verify(attestationUrl(), "--reread", config)
    expect(reread.output.match(/^OK: eip155:\d+ read again at block \d+/gm)).toHaveLength(2)
    expect(reread.output).toContain("keeps no history")
    expect(reread.code).toBe(0)
  })

  it("re-computes from a file alone, and finds what was changed in it", async () => {
    const file = join(folder, "epoch.json")
    expect((await verify(attestationUrl(), "--save", file)).code).toBe(0)
    expect(await verify(file)).toMatchObject({ code: 0 })

    const saved = JSON.parse(await readFile(file, "utf8"))
    const commitment = Buffer.from(saved.commitment, "base64").toString()
    const richer = commitment.replace(/"equity":"(\d)/, '"equity":"9$1')
    expect(richer).not.toBe(commitment)
    await writeFile(file, JSON.stringify({ ...saved, commitment: Buffer.from(richer).toString("base64") }))
    const found = await verify(file)
    expect(found.output).toMatch(/^DIFFERS: account [a-z-]+, equity\n {4}published {3}9\S+\n {4}re-computed \S+$/m)
    expect(found.code).toBe(1)
  })

  it("says what is missing where nothing is published", async () => {
    const { code, output } = await verify("999999999", "--service", system.service.url)
    expect([code, output]).toEqual([1, expect.stringContaining("DOWNLOAD_FAILED")])
  })
})

describe("reading again", () => {
  it("finds a leg that the chain does not show", async () => {
    const snapshot = await system.service.book.snapshot(epoch)
    if (!snapshot) throw new Error("the epoch is not kept")
    const [configured] = system.devnet.chains as readonly [ChainConfigInput]
    const config = chainConfig.parse(configured)
    const state = snapshot.chains.find(each => each.chain === config.chain)
    const reader = state?.status === "ok" && rereaderOf(config, state.pin)
    if (!reader) throw new Error("the chain cannot be read again")
    const linked = snapshot.accounts
      .flatMap(each => each.addresses)
      .filter(each => splitAddress(each).chain === config.chain)
    const reading = await reader.read(linked, new AbortController().signal)
    if (reading.status !== "ok") throw new Error(reading.detail)
    expect(readingDifference(snapshot, reading)).toBeNull()

    let changed: string | undefined
    const richer: Snapshot = {
      ...snapshot,
      accounts: snapshot.accounts.map(account => ({
        ...account,
        legs: account.legs.map(leg => {
          if (changed !== undefined || leg.kind !== "collateral" || leg.chain !== config.chain) return leg
          changed = account.id
          return { ...leg, amount: quantity(leg.amount + 1n) }
        }),
      })),
    }
    expect(readingDifference(richer, reading)).toMatchObject({
      account: changed,
      field: expect.stringMatching(/amount$/),
    })
    const moved = { ...reading, pin: { ...reading.pin, timestamp: reading.pin.timestamp + 1 } }
    expect(readingDifference(snapshot, moved)).toMatchObject({
      account: null,
      field: `chains/${config.chain}/pin/timestamp`,
    })
  })
})

describe("plimsoll revoke", () => {
  it("withdraws what was published on every chain, and the service's next epochs stand again", async () => {
    const file = join(folder, "revoke.json")
    const { homeChain, guardianApi, keys, chains } = system.devnet
    const attestation = { homeChain, guardianApis: [guardianApi], consistency: "instant" }
    await writeFile(file, JSON.stringify({ chains, attestation }))
    const environment = {
      PLIMSOLL_PUBLISHER_KEY: keys.publisher,
      PLIMSOLL_RELAYER_KEY: keys.relayer,
      PLIMSOLL_SOLANA_RELAYER_KEY: keys.solanaRelayer,
    }
    const command = startCommand(["revoke", "--config", file], environment)
    await command.exited
    const below = /no epoch below (\d+) is believed/.exec(command.output())?.[1]
    expect(command.output()).toContain("published as epoch")
    const next = await until("an epoch after the revocation", async () => {
      const record = system.service.book.latestEpoch
      return record && record.attestation.revokedBelow === BigInt(below ?? -1) && record
    })
    expect(next.attestation.epoch).toBeGreaterThanOrEqual(BigInt(below ?? 0))
  })
})
