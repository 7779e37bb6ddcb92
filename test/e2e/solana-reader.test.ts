/**
 * Reading Solana over the wire: real token programs, real transactions, and endpoints that fail in every way.
 */
import { once } from "node:events"
import { createServer, type Server, type ServerResponse } from "node:http"
import {
  createFreezeAccountInstruction,
  createSetTransferFeeInstruction,
  TOKEN_2022_PROGRAM_ID,
  TOKEN_PROGRAM_ID,
} from "@solana/spl-token"
import { Keypair, type PublicKey } from "@solana/web3.js"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import { type SolanaChainConfig, solanaChainConfig } from "../../chains/chain-config.js"
import type { SeededMint } from "../../chains/devnet/solana/seed.js"
import { type LocalSolana, startSolana } from "../../chains/devnet/solana/start.js"
import { solanaAdaptersOf } from "../../chains/registry.js"
import type { SolanaAdapter, SolanaAsset } from "../../chains/solana/adapter.js"
import type { SolanaCommitment } from "../../chains/solana/context.js"
import { createSolanaReader, solanaReader } from "../../chains/solana/reader.js"
import { httpEndpoint, type RpcEndpoint } from "../../chains/solana/rpc.js"

/** For endpoints that hang, and for those beside them; what else answers gets as long as a busy machine may need. */
const HANGING_MS = 5_000
const TIMEOUT_MS = 120_000
const owner = () => Keypair.generate().publicKey
const [alice, bob, carol] = [owner(), owner(), owner()]
const never = () => new AbortController().signal

let solana: LocalSolana
let usdc: SeededMint
let feeToken: SeededMint
let assets: SolanaAsset[]

beforeAll(async () => {
  solana = await startSolana()
  const { seeder } = solana
  usdc = seeder.createMint("USDC", 6)
  feeToken = seeder.createMint("FEE", 9, { basisPoints: 125, maximum: 5_000_000_000n })
  assets = [
    { mint: "native", symbol: "SOL", decimals: 9 },
    { mint: usdc.mint.toBase58(), symbol: "USDC", decimals: 6 },
    { mint: feeToken.mint.toBase58(), symbol: "FEE", decimals: 9 },
  ]
  seeder.fund(alice, 12_345_678_901n)
  seeder.mintTo(usdc, alice, 1_500_000_001n)
  seeder.mintTo(feeToken, alice, 10_000_000_001n)
  seeder.fund(bob, 1_000_000_000n)
  seeder.mintTo(feeToken, bob, 900_000_000_000n)
  solana.advance(2)
})
afterAll(() => solana.stop())

const chain = () => chainId(solana.chain)
const addressOf = (holder: PublicKey) => addressOn(chain(), holder.toBase58())
const configOf = (rpc: readonly string[], commitment: SolanaCommitment, timeoutMs: number) =>
  solanaChainConfig.parse({
    kind: "solana",
    chain: solana.chain,
    name: "Solana",
    wormholeChain: 1,
    rpc,
    commitment,
    timeoutMs,
    assets,
    adapters: [{ adapter: "spl" }],
  })
const readerOf = (rpc: readonly string[], commitment: SolanaCommitment = "finalized", timeoutMs = TIMEOUT_MS) =>
  fromConfig(configOf(rpc, commitment, timeoutMs))
const fromConfig = (config: SolanaChainConfig) => createSolanaReader(config)
const read = (rpc: readonly string[] = [solana.url]) => readerOf(rpc).read([addressOf(alice)], never())
const readBriefly = (rpc: readonly string[]) => readerOf(rpc, "finalized", HANGING_MS).read([addressOf(alice)], never())

function okay(reading: ChainReading) {
  if (reading.status !== "ok") throw new Error(`${reading.code}: ${reading.detail}`)
  return reading
}

/** symbol → amount of each address. */
const amounts = (reading: ChainReading) =>
  okay(reading).addresses.map(({ legs }) =>
    Object.fromEntries(legs.map(leg => (leg.kind === "collateral" ? [leg.symbol, leg.amount] : [leg.kind, 0n]))),
  )

describe("a pass", () => {
  it("reads SOL, USDC and a Token-2022 token of three owners at one range of slots", async () => {
    const reading = okay(await readerOf([solana.url]).read([alice, bob, carol].map(addressOf), never()))

    expect(amounts(reading)).toEqual([
      // 10.000000001 FEE × 1.25 % = 0.1250000000125, rounded up to 0.125000001.
      { SOL: parseDecimal("12.345678901"), USDC: parseDecimal("1500.000001"), FEE: parseDecimal("9.875") },
      // The fee of 11.25 is capped at 5.
      { SOL: parseDecimal("1"), FEE: parseDecimal("895") },
      {},
    ])
    expect(reading.addresses.map(({ address }) => address)).toEqual([alice, bob, carol].map(addressOf))
    expect(reading.addresses.flatMap(({ faults }) => faults)).toEqual([])
    expect(reading.addresses[0]?.legs.map(leg => leg.kind === "collateral" && [leg.venue, leg.asset])).toEqual([
      ["wallet", `${chain()}/slip44:501`],
      ["spl", `${chain()}/token:${usdc.mint.toBase58()}`],
      ["spl", `${chain()}/token:${feeToken.mint.toBase58()}`],
    ])
    const { block } = solana.ledger.view("finalized")
    expect(reading.pin).toEqual({
      kind: "solana",
      chain: chain(),
      minSlot: BigInt(block.slot),
      maxSlot: BigInt(block.slot),
      blockHash: block.blockhash,
      timestamp: block.time,
      finality: "finalized",
      inputGrade: "single",
    })
  })

  it("sees what its commitment sees", async () => {
    const dave = owner()
    const seen = async (commitment: SolanaCommitment) =>
      amounts(await readerOf([solana.url], commitment).read([addressOf(dave)], never()))
    solana.ledger.airdrop(dave.toBase58(), 7_000_000_000n)
    expect(await seen("processed")).toEqual([{ SOL: parseDecimal("7") }])
    expect(await seen("finalized")).toEqual([{}])
    solana.advance(1)
    expect(await seen("confirmed")).toEqual([{ SOL: parseDecimal("7") }])
    expect(await seen("finalized")).toEqual([{}])
    solana.advance(1)
    expect(await seen("finalized")).toEqual([{ SOL: parseDecimal("7") }])
  })

  it("reads 250 owners in one pass", async () => {
    const many = Array.from({ length: 250 }, owner)
    for (const holder of many) solana.ledger.airdrop(holder.toBase58(), 1_000_000_000n)
    solana.advance(2)
    const reading = await readerOf([solana.url]).read(many.map(addressOf), never())
    expect(amounts(reading)).toEqual(many.map(() => ({ SOL: parseDecimal("1") })))
  })

  it("counts nothing of a frozen account and says so", async () => {
    const erin = owner()
    const { authority } = solana.seeder
    const account = solana.seeder.mintTo(usdc, erin, 5_000_000n)
    solana.seeder.send([createFreezeAccountInstruction(account, usdc.mint, authority.publicKey, [], TOKEN_PROGRAM_ID)])
    const { addresses } = okay(await readerOf([solana.url]).read([addressOf(erin)], never()))
    expect(addresses[0]).toMatchObject({
      legs: [],
      faults: [{ code: "UNSUPPORTED_POSITION", venue: "spl", unknown: "asset" }],
    })
  })

  it("applies a new transfer fee from the epoch on in which it takes effect", async () => {
    const local = await startSolana()
    try {
      const { seeder, ledger } = local
      const mint = seeder.createMint("FEE", 9, { basisPoints: 100, maximum: 10n ** 18n })
      const frank = owner()
      seeder.mintTo(mint, frank, 100_000_000_000n)
      seeder.send([
        createSetTransferFeeInstruction(
          mint.mint,
          seeder.authority.publicKey,
          [],
          300,
          10n ** 18n,
          TOKEN_2022_PROGRAM_ID,
        ),
      ])
      const feeAsset = { mint: mint.mint.toBase58(), symbol: "FEE", decimals: 9 }
      const config = configOf([local.url], "finalized", TIMEOUT_MS)
      const reader = fromConfig({ ...config, assets: [feeAsset] })
      const now = async () => amounts(await reader.read([addressOf(frank)], never()))
      const nextEpoch = () => {
        const { slot } = ledger.blocks.head
        ledger.skipTo(slot - ledger.slotInEpoch(slot) + ledger.slotsPerEpoch)
        ledger.advance(2)
      }
      expect(await now()).toEqual([{ FEE: parseDecimal("99") }])
      nextEpoch()
      expect(await now()).toEqual([{ FEE: parseDecimal("99") }])
      nextEpoch()
      expect(await now()).toEqual([{ FEE: parseDecimal("97") }])
    } finally {
      await local.stop()
    }
  })

  it("gives an address of another chain, or none, a fault of its own", async () => {
    const strange = [addressOn(chain(), "not-a-key"), addressOn(chainId("eip155:1"), alice.toBase58())]
    const { addresses } = okay(await readerOf([solana.url]).read([...strange, addressOf(bob)], never()))
    expect(addresses.map(({ faults }) => faults.map(({ code, unknown }) => [code, unknown]))).toEqual([
      [["DECODE", "liability"]],
      [["DECODE", "liability"]],
      [],
    ])
  })
})

describe("an endpoint that cannot be used", () => {
  const servers: Server[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    }
  })

  type Call = { readonly id: number; readonly method: string; readonly params: readonly unknown[] }

  async function serve(respond: (response: ServerResponse, body: string) => void): Promise<string> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      respond(response, Buffer.concat(chunks).toString())
    })
    servers.push(server)
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    if (address === null || typeof address === "string") throw new Error("no port")
    return `http://127.0.0.1:${address.port}`
  }

  /** The real answers, each changed on its way by `change`. */
  const altered = (change: (answer: Record<string, unknown>, call: Call) => unknown) =>
    serve(async (response, body) => {
      const calls: Call[] = JSON.parse(body)
      const real = await fetch(solana.url, { method: "POST", body })
      const answers: Record<string, unknown>[] = await real.json()
      response.end(
        JSON.stringify(
          answers.map((answer, index) => change(answer, calls[index] ?? { id: -1, method: "", params: [] })),
        ),
      )
    })

  const refusing = (method: string, code: number) =>
    altered((answer, call) =>
      call.method === method ? { id: call.id, jsonrpc: "2.0", error: { code, message: "refused" } } : answer,
    )

  it("is unavailable when it hangs, within its timeout", async () => {
    expect(await readBriefly([await serve(() => {})])).toMatchObject({ status: "unavailable", code: "RPC_UNAVAILABLE" })
  })

  it("is unavailable when nobody listens, and its URL's secrets stay out of the reading", async () => {
    const closed = await serve(() => {})
    await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))))
    const reading = await read([`${closed}/v2/secret-key?api-key=secret`])
    expect(reading).toMatchObject({ status: "unavailable", code: "RPC_UNAVAILABLE" })
    expect(JSON.stringify(reading)).not.toContain("secret")
  })

  it.each([
    ["is no JSON", "<html>", "DECODE"],
    ["is no batch", "{}", "DECODE"],
    ["is cut off", '[{"jsonrpc":"2.0","id":0,"resu', "DECODE"],
    ["answers nothing", "[]", "DECODE"],
    ["is an error for all", '{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"slow down"}}', "RPC_RATE_LIMIT"],
  ])("is unavailable when the answer %s", async (_, body, code) => {
    expect(await read([await serve(response => response.end(body))])).toMatchObject({ status: "unavailable", code })
  })

  it.each([
    [429, "RPC_RATE_LIMIT"],
    [503, "RPC_UNAVAILABLE"],
  ])("is unavailable on HTTP %i", async (status, code) => {
    const url = await serve(response => response.writeHead(status).end())
    expect(await read([url])).toMatchObject({ status: "unavailable", code })
  })

  it("is refused when it serves another cluster", async () => {
    const other = await startSolana({ genesisHash: "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG" })
    try {
      expect(await read([other.url])).toMatchObject({ status: "unavailable", code: "WRONG_CHAIN" })
    } finally {
      await other.stop()
    }
  })

  it("is refused when its slot is behind what was already read, and when it lies about it", async () => {
    expect(await read([await refusing("getMultipleAccounts", -32016)])).toMatchObject({ code: "PIN_SKEW" })
    let clockSlot = 0
    const older = await altered((answer, { method }) => {
      if (method !== "getMultipleAccounts" && method !== "getTokenAccountsByOwner") return answer
      const result = answer.result as { context: { slot: number } }
      clockSlot ||= result.context.slot
      return method === "getTokenAccountsByOwner"
        ? { ...answer, result: { ...result, context: { slot: clockSlot - 1 } } }
        : answer
    })
    expect(await read([older])).toMatchObject({ status: "unavailable", code: "PIN_SKEW" })
  })

  it("never goes back to an older state", async () => {
    const behind = await startSolana({ lag: { processed: 0, confirmed: 1, finalized: 2 } })
    try {
      behind.ledger.skipTo(solana.ledger.blocks.head.slot + 1_000)
      // One address whose back end changes: first a node that is ahead, then one that is not.
      let serving = behind.url
      const limits = { timeoutMs: TIMEOUT_MS }
      const balancer: RpcEndpoint = {
        host: "balancer",
        batch: (calls, signal) => httpEndpoint(serving, limits).batch(calls, signal),
      }
      const reader = solanaReader({ chain: chain(), commitment: "processed", adapters: [], endpoints: [balancer] })
      expect(await reader.read([], never())).toMatchObject({ status: "ok" })
      serving = solana.url
      expect(await reader.read([], never())).toMatchObject({ status: "unavailable", code: "PIN_SKEW" })
    } finally {
      await behind.stop()
    }
  })

  it("repeats a pass in which a fork was dropped between two reads, and mixes nothing", async () => {
    const fork = await startSolana({ fork: "dropped" })
    const main = await startSolana()
    try {
      const [first, second] = [owner(), owner()]
      const sol = 1_000_000_000n
      // The fork has a payment from the first to the second that the chain does not have.
      main.ledger.airdrop(first.toBase58(), 3n * sol)
      fork.ledger.airdrop(second.toBase58(), 3n * sol)
      const slot = 10 + Math.max(main.ledger.blocks.head.slot, fork.ledger.blocks.head.slot)
      for (const { ledger } of [main, fork]) ledger.skipTo(slot)

      let readsOnFork = 2
      const limits = { timeoutMs: TIMEOUT_MS }
      const balancer: RpcEndpoint = {
        host: "balancer",
        batch(calls, signal) {
          const isRead = calls.some(({ method }) => method === "getMultipleAccounts")
          const { url } = isRead && readsOnFork-- <= 0 ? main : readsOnFork < 0 ? main : fork
          return httpEndpoint(url, limits).batch(calls, signal)
        },
      }
      const [spl] = solanaAdaptersOf([{ adapter: "spl" }], { chain: chain(), assets })
      if (!spl) throw new Error("no spl adapter")
      // The first owner in one round, the second in the next: between them the fork is dropped.
      const inTwoRounds: SolanaAdapter = {
        venue: "wallet",
        *read() {
          const before = yield* spl.read([first.toBase58()])
          const after = yield* spl.read([second.toBase58()])
          return { ...before, addresses: [...before.addresses, ...after.addresses] }
        },
      }
      const parts = { chain: chain(), commitment: "processed", endpoints: [balancer], adapters: [inTwoRounds] } as const
      const reading = await solanaReader(parts).read([first, second].map(addressOf), never())
      expect(readsOnFork).toBeLessThan(0)
      expect(amounts(reading)).toEqual([{ SOL: parseDecimal("3") }, {}])
      expect(okay(reading).pin.blockHash).toBe(main.ledger.view("processed").block.blockhash)
    } finally {
      await Promise.all([fork.stop(), main.stop()])
    }
  })

  it("repeats a pass whose slots drift apart, then gives up", async () => {
    let passes = 0
    const drifting = (until: number) =>
      altered((answer, { method }) => {
        if (method === "getGenesisHash") passes++
        if (method !== "getLatestBlockhash" || passes > until) return answer
        const result = answer.result as { context: { slot: number } }
        return { ...answer, result: { ...result, context: { slot: result.context.slot + 1_000 } } }
      })
    expect(await read([await drifting(2)])).toMatchObject({ status: "ok" })
    expect(passes).toBe(3)
    passes = 0
    expect(await read([await drifting(99)])).toMatchObject({ status: "unavailable", code: "PIN_SKEW" })
    expect(passes).toBe(3)
  })

  it("hands over to the next one, and every failure is named when none is left", async () => {
    const hanging = await serve(() => {})
    const garbage = await serve(response => response.end("?"))
    const handedOver = okay(await readBriefly([garbage, hanging, solana.url]))
    expect(handedOver.addresses[0]?.legs).toHaveLength(3)
    const reading = await readBriefly([hanging, garbage])
    expect(reading).toMatchObject({ status: "unavailable", code: "RPC_UNAVAILABLE" })
    for (const url of [hanging, garbage]) expect(JSON.stringify(reading)).toContain(new URL(url).host)
  })

  it("fails whole on a method it does not have, alone on an owner that it refuses", async () => {
    expect(await read([await refusing("getTokenAccountsByOwner", -32601)])).toMatchObject({ status: "unavailable" })
    const refusesAlice = await altered((answer, { id, method, params }) =>
      method === "getTokenAccountsByOwner" && params[0] === alice.toBase58()
        ? { id, jsonrpc: "2.0", error: { code: -32010, message: "excluded from account secondary indexes" } }
        : answer,
    )
    const reading = okay(await readerOf([refusesAlice]).read([alice, bob].map(addressOf), never()))
    expect(reading.addresses.map(({ faults }) => faults.map(({ unknown }) => unknown))).toEqual([
      ["asset", "asset"],
      [],
    ])
    expect(amounts(reading)[1]).toHaveProperty("FEE")
  })

  it("loses only the owner whose answer is too long", async () => {
    const limited = await serve(async (response, body) => {
      const calls: Call[] = JSON.parse(body)
      const greedy = calls.some(({ method, params }) => method.startsWith("getToken") && params[0] === alice.toBase58())
      if (greedy) return response.writeHead(413).end()
      return response.end(await (await fetch(solana.url, { method: "POST", body })).text())
    })
    const reading = okay(await readerOf([limited]).read([bob, alice, carol].map(addressOf), never()))
    expect(reading.addresses.map(({ faults }) => faults.map(({ code }) => code))).toEqual([
      [],
      ["RESPONSE_LIMIT", "RESPONSE_LIMIT"],
      [],
    ])
    expect(amounts(reading)[0]).toHaveProperty("FEE")
  })

  it.each([
    ["an account twice", (accounts: unknown[]) => [...accounts, ...accounts]],
    ["what is no account", () => [{ pubkey: "x" }]],
    [
      "data that is no base64",
      (accounts: unknown[]) => JSON.parse(JSON.stringify(accounts).replace(/"data":\["../, '"data":["**')),
    ],
  ])("is not believed when it lists %s", async (_, change) => {
    const url = await altered((answer, { method }) => {
      const { result } = answer as { result: { context: unknown; value: unknown[] } }
      return method === "getTokenAccountsByOwner"
        ? { ...answer, result: { ...result, value: change(result.value) } }
        : answer
    })
    expect(await read([url])).toMatchObject({ status: "unavailable", code: "DECODE" })
  })

  it("stops when the caller aborts, without rejecting", async () => {
    const caller = new AbortController()
    const hanging = await serve(() => caller.abort())
    const reading = await readerOf([hanging, solana.url]).read([addressOf(alice)], caller.signal)
    expect(reading).toMatchObject({ status: "unavailable", code: "RPC_UNAVAILABLE" })
    expect(await read()).toMatchObject({ status: "ok" })
  })
})
