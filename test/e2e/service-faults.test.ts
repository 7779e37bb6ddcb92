/**
 * One chain's endpoint fails in every way while the others go on: what each account still shows, and the recovery.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type Margin, marginSchema } from "../../aggregator/routes/margin-schemas.js"
import { readinessSchema } from "../../aggregator/routes/probes.js"
import type { ChainConfigInput } from "../../chains/chain-config.js"
import { type LocalSolana, startSolana } from "../../chains/devnet/solana/start.js"
import { overviewsOf } from "../support/event-stream.js"
import { type FaultProxy, type Misbehaviour, startFaultProxy } from "../support/fault-proxy.js"
import { type RunningDevnet, startRunningDevnet } from "../support/running-devnet.js"
import { until } from "../support/until.js"

const ACCOUNTS = [
  "hedged-book",
  "option-seller",
  "plain-holder",
  "cross-chain-borrower",
  "perp-trader",
  "liquidity-provider",
] as const
type AccountId = (typeof ACCOUNTS)[number]
/** Long enough for a busy machine, short enough to wait for. */
const TIMEOUT_MS = 8_000

/** Not the cluster that the devnet's accounts are on. */
const OTHER_GENESIS = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"

let system: RunningDevnet
let otherSolana: LocalSolana
const proxies = new Map<string, FaultProxy>()

beforeAll(async () => {
  otherSolana = await startSolana({ genesisHash: OTHER_GENESIS, slotMs: 400 })
  system = await startRunningDevnet({
    epochSeconds: 5,
    chainsFor: chains =>
      Promise.all(
        chains.map(async (chain): Promise<ChainConfigInput> => {
          const proxy = await startFaultProxy(chain.rpc[0] ?? "")
          proxies.set(chain.chain, proxy)
          return { ...chain, rpc: [proxy.url], timeoutMs: TIMEOUT_MS }
        }),
      ),
  })
})
afterEach(() => {
  for (const proxy of proxies.values()) proxy.misbehave(undefined)
})
afterAll(async () => {
  await system?.stop()
  await Promise.all([...proxies.values(), otherSolana].map(each => each?.stop()))
})

const chainCalled = (prefix: string): string => {
  const chain = [...proxies.keys()].find(each => each.startsWith(prefix))
  if (!chain) throw new RangeError(`no chain ${prefix} is configured`)
  return chain
}
const misbehave = (chain: string, how: Misbehaviour | undefined) => proxies.get(chain)?.misbehave(how)
/** An endpoint of the same kind that serves another chain. */
function elsewhere(chain: string): URL {
  const [other] = system.devnet.chains.filter(each => each.kind === "evm" && each.chain !== chain)
  return new URL((chain.startsWith("eip155:") ? other?.rpc[0] : otherSolana.url) ?? "")
}

/** All accounts of one reading, so that no two readings are mixed. */
async function accounts(): Promise<Map<string, Margin>> {
  const stream = overviewsOf(await fetch(`${system.service.url}/v1/stream`))
  const overview = await stream.next()
  await stream.close()
  return new Map(overview.accounts.map(each => [each.account, each]))
}

const stateOf = (margin: Margin | undefined, chain: string) => margin?.chains.find(each => each.chain === chain)
const on = (margin: Margin | undefined, chain: string) =>
  margin?.components.collateral.filter(each => each.chain === chain) ?? []
/** A reading without this chain, for this reason, and with all others: a busy machine may lose another one for a moment. */
const readWithout = (chain: string, reason: RegExp) =>
  until(`only ${chain} unavailable, ${reason.source}`, async () => {
    const seen = await accounts()
    const states = seen.get("plain-holder")?.chains ?? []
    const lost = states.filter(each => each.status === "unavailable")
    return lost.length === 1 && lost[0]?.chain === chain && reason.test(lost[0].reason ?? "") && seen
  })
const healthy = () =>
  until("every account with figures and every check passed", async () => {
    const { ready } = readinessSchema.parse(await (await fetch(`${system.service.url}/readyz`)).json())
    const seen = await accounts()
    // An account that holds only assets on a missing chain has figures too, so its chains are looked at as well.
    const whole = (each: Margin) => each.figures && each.chains.every(({ status }) => status === "ok")
    return ready && [...seen.values()].every(whole) && seen
  })

interface Case {
  readonly where: string
  readonly chain: string
  /** Accounts with debts or positions there. */
  readonly lost: readonly AccountId[]
}
const CASES: readonly Case[] = [
  { where: "the option chain", chain: "eip155:1397", lost: ["hedged-book", "option-seller"] },
  {
    where: "the loan chain, which is the home chain",
    chain: "eip155:1337",
    lost: ["hedged-book", "cross-chain-borrower", "perp-trader"],
  },
  { where: "Solana", chain: "solana:", lost: [] },
]
const WAYS: readonly [what: string, how: (chain: string) => Misbehaviour, reason: RegExp][] = [
  ["hangs", () => "hangs", /^RPC_UNAVAILABLE: /],
  ["answers garbage", () => "garbage", /^(RPC_UNAVAILABLE|DECODE): /],
  ["sits on another chain", elsewhere, /^WRONG_CHAIN: /],
]

describe.each(CASES)("when the endpoint of $where", ({ chain: prefix, lost }) => {
  it.each(WAYS)("%s, its accounts fail closed, all others go on, and all recover", async (_, how, reason) => {
    const before = await healthy()
    const chain = chainCalled(prefix)
    const published = system.service.book.latestEpoch?.attestation.epoch ?? 0n
    misbehave(chain, how(chain))
    const during = await readWithout(chain, reason)

    for (const id of ACCOUNTS) {
      const margin = during.get(id)
      expect(stateOf(margin, chain)).toMatchObject({ status: "unavailable", height: null, age: null })
      expect(stateOf(margin, chain)?.reason).toMatch(reason)
      expect(margin?.chains.filter(each => each.status === "ok")).toHaveLength(2)
      expect(on(margin, chain)).toEqual([])
      expect(margin?.reasons.map(each => [each.code, each.chain])).toContainEqual(["CHAIN_UNAVAILABLE", chain])
      if (lost.includes(id)) {
        expect([id, margin?.status, margin?.figures]).toEqual([id, "UNAVAILABLE", null])
      } else {
        const equity = Number(margin?.figures?.equity)
        const held = on(before.get(id), chain).reduce((sum, each) => sum + Number(each.collateralValue), 0)
        expect(held).toBeGreaterThanOrEqual(0)
        // The market stands still: what is missing is what the chain held. Marks of perpetuals are averages that move with time.
        const isStill = before.get(id)?.components.positions.every(({ venue }) => venue !== "perp-curie")
        if (isStill) expect(Number(before.get(id)?.figures?.equity) - equity).toBeCloseTo(held, 0)
      }
    }

    const single = await system.get(`/v1/accounts/${lost[0] ?? "plain-holder"}/margin`, marginSchema)
    expect(stateOf(single, chain)).toMatchObject({ status: "unavailable" })
    const failing = await until(`only ${chain} not ready`, async () => {
      const readyz = await fetch(`${system.service.url}/readyz`)
      const names = readinessSchema.parse(await readyz.json()).checks.flatMap(each => (each.ok ? [] : [each.name]))
      const chains = names.filter(name => name.startsWith("chain "))
      return readyz.status === 503 && chains.length === 1 && chains[0] === `chain ${chain}` && names
    })
    expect(failing).not.toContain("margin")

    // Readings go on, one after the other, while the endpoint fails.
    const seen = system.service.book.latest?.snapshot.valuationTime ?? 0
    await until("a later reading", () => (system.service.book.latest?.snapshot.valuationTime ?? 0) > seen)

    misbehave(chain, undefined)
    const after = await healthy()
    for (const id of ACCOUNTS) {
      expect(after.get(id)?.components.positions.length).toBe(before.get(id)?.components.positions.length)
      expect(on(after.get(id), chain).length).toBe(on(before.get(id), chain).length)
    }
    await until("a later epoch", () => {
      const latest = system.service.book.latestEpoch
      return latest?.publication && latest.attestation.epoch > published
    })
  })
})
