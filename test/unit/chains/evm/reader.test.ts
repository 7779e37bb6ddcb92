import { getAddress, type Hex, numberToHex } from "viem"
import { afterEach, describe, expect, test } from "vitest"
import { type Address, addressOn, chainId } from "../../../../aggregator/domain/caip.js"
import type { ChainReading } from "../../../../aggregator/domain/reading.js"
import type { EvmAdapter, EvmCallResult } from "../../../../chains/evm/adapter.js"
import { multicall } from "../../../../chains/evm/multicall.js"
import { evmReader } from "../../../../chains/evm/reader.js"
import { httpEndpoint } from "../../../../chains/evm/rpc.js"
import {
  blockAt,
  callsIn,
  contractsAt,
  MULTICALL3,
  nodeAt,
  type Reply,
  type Request,
  type ScriptedNode,
  startNode,
  wordResult,
} from "./scripted-node.js"

const CHAIN = chainId("eip155:1")
const TARGET = getAddress("0x70997970c51812dc3a010c7d01b50e0d17dc79c8")
const ALICE = addressOn(CHAIN, "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")
const never = new AbortController().signal

const nodes: ScriptedNode[] = []
afterEach(async () => {
  await Promise.all(nodes.splice(0).map(node => node.stop()))
})
async function started(script: (request: Request, nth: number) => Reply): Promise<ScriptedNode> {
  const node = await startNode(script)
  nodes.push(node)
  return node
}

/** Asks each batch of calldata in its own round and hands every answer to `heard`. */
const asking = (
  rounds: readonly (readonly Hex[])[],
  heard: (answers: readonly EvmCallResult[]) => void,
): EvmAdapter => ({
  venue: "asking",
  *read() {
    for (const round of rounds) heard(yield round.map(data => ({ to: TARGET, data })))
    return { addresses: [], prices: [], quotes: [], faults: [] }
  },
})

/** Of what hangs, and of what answers, on however slow a machine. */
const [HANGING_MS, PATIENT_MS] = [150, 120_000]

function readerOf(urls: readonly string[], adapters: readonly EvmAdapter[] = [], firstTimeoutMs = PATIENT_MS) {
  return evmReader({
    facts: { chain: CHAIN, multicall3: MULTICALL3, assets: [] },
    finality: "safe",
    blockContext: "header",
    adapters,
    answer: multicall,
    endpoints: urls.map((url, i) => httpEndpoint(url, { timeoutMs: i === 0 ? firstTimeoutMs : PATIENT_MS })),
  })
}

const read = (node: ScriptedNode, adapters: readonly EvmAdapter[] = [], addresses: readonly Address[] = [ALICE]) =>
  readerOf([node.url], adapters).read(addresses, never)

const codeOf = (reading: ChainReading) => (reading.status === "ok" ? "ok" : reading.code)
const methods = (node: ScriptedNode) => node.requests.map(({ method }) => method).sort()
const calldata = (count: number): Hex[] => Array.from({ length: count }, (_, index) => numberToHex(index, { size: 36 }))
const echo = ({ data }: { data: Hex }): EvmCallResult => ({ status: "ok", data })

describe("one pass", () => {
  test("pins the block, asks once a round at its hash, and gives each call its answer", async () => {
    const answers: EvmCallResult[][] = []
    const outcome: EvmCallResult[] = [wordResult(7n), { status: "reverted", data: "0xdeadbeef" }, { status: "empty" }]
    const block = blockAt(50n)
    const node = await started(nodeAt(block, (_, index) => outcome[index] ?? { status: "empty" }))
    const reading = await read(node, [asking([["0x01", "0x02", "0x03"], ["0x04"]], heard => answers.push([...heard]))])
    expect(reading).toMatchObject({
      status: "ok",
      chain: CHAIN,
      pin: {
        blockNumber: 50n,
        blockHash: block.hash,
        timestamp: 1_800_000_050,
        finality: "safe",
        inputGrade: "single",
      },
      addresses: [{ address: ALICE, legs: [], faults: [] }],
    })
    expect(answers).toEqual([outcome, [wordResult(7n)]])
    expect(methods(node)).toEqual(["eth_call", "eth_call", "eth_chainId", "eth_getBlockByNumber"])
    for (const { method, params } of node.requests) {
      if (method === "eth_getBlockByNumber") expect(params).toEqual(["safe", false])
      if (method === "eth_call") expect(params[1]).toEqual({ blockHash: block.hash, requireCanonical: true })
    }
  })

  test("the chain id is asked once an endpoint", async () => {
    const node = await started(nodeAt(blockAt(50n), echo))
    const reader = readerOf([node.url])
    expect(codeOf(await reader.read([], never))).toBe("ok")
    expect(codeOf(await reader.read([], never))).toBe("ok")
    expect(methods(node)).toEqual(["eth_chainId", "eth_getBlockByNumber", "eth_getBlockByNumber"])
  })

  test("many calls are split by their bytes, and come back in order", async () => {
    const calls = calldata(2_000)
    let heard: readonly EvmCallResult[] = []
    const node = await started(nodeAt(blockAt(50n), echo))
    await read(node, [asking([calls], answers => (heard = answers))])
    expect(heard).toEqual(calls.map(data => ({ status: "ok", data })))
    expect(methods(node).filter(method => method === "eth_call")).toHaveLength(3)
  })
})

describe("a node's limits", () => {
  test.each([
    ["gas", { error: { code: -32000, message: "out of gas" } }],
    ["size", { raw: "too large", status: 413 }],
  ])("a chunk beyond the %s limit is halved", async (_, refusal) => {
    const calls = calldata(100)
    let heard: readonly EvmCallResult[] = []
    const node = await started(request => {
      if (request.method === "eth_call" && callsIn(request).length > 30) return refusal
      return nodeAt(blockAt(50n), echo)(request)
    })
    await read(node, [asking([calls], answers => (heard = answers))])
    expect(heard).toEqual(calls.map(data => ({ status: "ok", data })))
  })

  test("a node that calls everything too big is unavailable, after a bounded number of requests", async () => {
    const node = await started(request =>
      request.method === "eth_call"
        ? { error: { code: -32000, message: "out of gas" } }
        : nodeAt(blockAt(50n), echo)(request),
    )
    expect(codeOf(await read(node, [asking([calldata(900)], () => {})]))).toBe("GAS_CAP")
    expect(node.requests.length).toBeLessThan(80)
  })

  test("calls that starved for gas behind others are asked again", async () => {
    const calls = calldata(10)
    let heard: readonly EvmCallResult[] = []
    const starving = nodeAt(blockAt(50n), ({ data }, index) =>
      index < 4 ? { status: "ok", data } : { status: "reverted", data: "0x" },
    )
    const node = await started(starving)
    await read(node, [asking([calls], answers => (heard = answers))])
    expect(heard).toEqual(calls.map(data => ({ status: "ok", data })))
  })

  test("a call that reverts without a reason whoever comes before it stays reverted", async () => {
    let heard: readonly EvmCallResult[] = []
    const mute = numberToHex(1, { size: 36 })
    const node = await started(
      nodeAt(blockAt(50n), ({ data }) => (data === mute ? { status: "reverted", data: "0x" } : { status: "ok", data })),
    )
    await read(node, [asking([calldata(3)], answers => (heard = answers))])
    expect(heard.map(({ status }) => status)).toEqual(["ok", "reverted", "ok"])
    expect(methods(node).filter(method => method === "eth_call")).toHaveLength(2)
  })
})

describe("a reorganisation", () => {
  test("repeats the whole pass on the new head: rounds of two blocks are never mixed", async () => {
    const before = blockAt(50n)
    const after = blockAt(51n, 1n)
    let reorganised = false
    const heard: EvmCallResult[] = []
    const node = await started(request => {
      const block = reorganised ? after : before
      if (request.method !== "eth_call") return nodeAt(block, echo)(request)
      if (JSON.stringify(request.params).includes(block.hash)) {
        reorganised = true
        return contractsAt(request, block, () => wordResult(block.number))
      }
      return { error: { code: -32001, message: "Resource not found" } }
    })
    const reading = await read(node, [asking([["0x01"], ["0x02"]], answers => heard.push(...answers))])
    expect(reading).toMatchObject({ status: "ok", pin: { blockNumber: 51n, blockHash: after.hash } })
    expect(heard).toEqual([wordResult(50n), wordResult(51n), wordResult(51n)])
  })

  test("again and again ends as PIN_LOST", async () => {
    const node = await started(request =>
      request.method === "eth_call"
        ? { error: { code: -32000, message: "header not found" } }
        : nodeAt(blockAt(50n), echo)(request),
    )
    expect(codeOf(await read(node, [asking([["0x01"]], () => {})]))).toBe("PIN_LOST")
    expect(methods(node).filter(method => method === "eth_call")).toHaveLength(3)
  })
})

describe("an answer from another state is refused", () => {
  const pinned = blockAt(50n)
  test.each([
    ["another height", { ...pinned, number: 49n }, 1n, "PIN_LOST"],
    ["another fork", { ...pinned, parentHash: blockAt(50n, 1n).parentHash }, 1n, "PIN_LOST"],
    ["another time", { ...pinned, timestamp: 1n }, 1n, "PIN_LOST"],
    ["another chain", pinned, 10n, "WRONG_CHAIN"],
  ])("%s", async (_, answered, servedChain, code) => {
    const node = await started(request => {
      if (request.method !== "eth_call") return nodeAt(pinned, echo)(request)
      return contractsAt(request, answered, echo, servedChain)
    })
    expect(codeOf(await read(node, [asking([["0x01"]], () => {})]))).toBe(code)
  })

  test("where contracts see the parent chain's number, the time has to do", async () => {
    const node = await started(request => {
      if (request.method !== "eth_call") return nodeAt(pinned, echo)(request)
      return contractsAt(request, { ...blockAt(7n), timestamp: pinned.timestamp }, echo)
    })
    const reader = evmReader({
      facts: { chain: CHAIN, multicall3: MULTICALL3, assets: [] },
      finality: "safe",
      blockContext: "timestamp",
      answer: multicall,
      adapters: [asking([["0x01"]], () => {})],
      endpoints: [httpEndpoint(node.url, { timeoutMs: PATIENT_MS })],
    })
    expect(codeOf(await reader.read([], never))).toBe("ok")
  })
})

describe("an endpoint that cannot be used makes the chain unavailable", () => {
  const onCall = (reply: Reply) => (request: Request) =>
    request.method === "eth_call" ? reply : nodeAt(blockAt(50n), echo)(request)
  const onHead = (reply: Reply) => (request: Request) =>
    request.method === "eth_getBlockByNumber" ? reply : nodeAt(blockAt(50n), echo)(request)

  test.each<[string, (request: Request) => Reply]>([
    ["at once", () => "hang"],
    ["on a call", onCall("hang")],
  ])("RPC_UNAVAILABLE: it hangs %s", async (_, script) => {
    const node = await started(script)
    const reading = await readerOf([node.url], [asking([["0x01"]], () => {})], HANGING_MS).read([ALICE], never)
    expect(reading).toMatchObject({ status: "unavailable", chain: CHAIN, code: "RPC_UNAVAILABLE" })
    expect(reading.status === "unavailable" && reading.detail).toContain(node.host)
  })

  test.each<[string, string, (request: Request) => Reply]>([
    ["RPC_UNAVAILABLE", "it sends HTML", () => ({ raw: "<html>" })],
    ["RPC_UNAVAILABLE", "it sends half a JSON", onCall({ raw: '{"jsonrpc":"2.0","result":"0x0' })],
    ["RPC_UNAVAILABLE", "HTTP 500", () => ({ raw: "", status: 500 })],
    ["RPC_UNAVAILABLE", "it has no such block", onHead({ result: null })],
    ["RPC_RATE_LIMIT", "HTTP 429", () => ({ raw: "", status: 429 })],
    ["WRONG_CHAIN", "another chain id", nodeAt(blockAt(50n), echo, 10n)],
    ["DECODE", "a head that is no header", onHead({ result: { number: "0x32" } })],
    ["DECODE", "a head that is a number", onHead({ result: 50 })],
    ["DECODE", "a call answered with a number", onCall({ result: 50 })],
    ["DECODE", "a call answered with noise", onCall({ result: `0x${"5a".repeat(999)}` })],
    ["NOT_DEPLOYED", "no Multicall3", onCall({ result: "0x" })],
    ["CALL_REVERTED", "Multicall3 reverts", onCall({ error: { code: 3, message: "execution reverted" } })],
    ["STATE_PRUNED", "pruned", onCall({ error: { code: -32000, message: "missing trie node 0a" } })],
  ])("%s: %s", async (code, _, script) => {
    const node = await started(script)
    const reading = await readerOf([node.url], [asking([["0x01"]], () => {})]).read([ALICE], never)
    expect(reading).toMatchObject({ status: "unavailable", chain: CHAIN, code })
    expect(reading.status === "unavailable" && reading.detail).toContain(node.host)
  })

  test("the next endpoint is asked instead, and the whole pass is its own", async () => {
    const [hanging, wrong, good] = await Promise.all([
      started(() => "hang"),
      started(nodeAt(blockAt(90n), echo, 10n)),
      started(nodeAt(blockAt(50n), echo)),
    ])
    const adapters = [asking([["0x01"]], () => {})]
    const reading = await readerOf([hanging.url, wrong.url, good.url], adapters, HANGING_MS).read([ALICE], never)
    expect(reading).toMatchObject({ status: "ok", pin: { blockNumber: 50n } })
    expect(methods(good)).toEqual(["eth_call", "eth_chainId", "eth_getBlockByNumber"])
  })

  test("when all fail, the detail names each and the code is that of the first", async () => {
    const [limited, broken] = await Promise.all([
      started(() => ({ raw: "", status: 429 })),
      started(() => ({ raw: "", status: 500 })),
    ])
    const reading = await readerOf([limited.url, broken.url]).read([ALICE], never)
    expect(codeOf(reading)).toBe("RPC_RATE_LIMIT")
    for (const { host } of [limited, broken]) expect(reading.status === "unavailable" && reading.detail).toContain(host)
  })
})

test("an adapter that throws costs everybody an unknown liability and nobody else's legs", async () => {
  const node = await started(nodeAt(blockAt(50n), echo))
  const broken: EvmAdapter = {
    venue: "broken",
    *read() {
      yield [{ to: TARGET, data: "0x01" }]
      throw new TypeError("x is not a function")
    },
  }
  let heard: readonly EvmCallResult[] = []
  const reading = await read(node, [broken, asking([["0x02"]], answers => (heard = answers))])
  expect(reading).toMatchObject({
    status: "ok",
    addresses: [{ address: ALICE, faults: [{ code: "DECODE", venue: "broken", unknown: "liability" }] }],
  })
  expect(heard).toEqual([{ status: "ok", data: "0x02" }])
})

describe("an abort", () => {
  test("ends a pass that hangs, without asking the next endpoint", async () => {
    const [hanging, next] = await Promise.all([started(() => "hang"), started(nodeAt(blockAt(50n), echo))])
    const controller = new AbortController()
    const pending = readerOf([hanging.url, next.url], []).read([ALICE], controller.signal)
    await expect.poll(() => hanging.requests.length).toBe(2)
    controller.abort()
    expect(codeOf(await pending)).toBe("RPC_UNAVAILABLE")
    expect(next.requests).toEqual([])
  })

  test("before the pass asks nobody", async () => {
    const node = await started(nodeAt(blockAt(50n), echo))
    expect(codeOf(await readerOf([node.url]).read([ALICE], AbortSignal.abort()))).toBe("RPC_UNAVAILABLE")
    expect(node.requests).toEqual([])
  })
})
