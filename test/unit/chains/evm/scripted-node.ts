/**
 * A JSON-RPC node that answers as a script says: the faults that no honest node can be made to produce.
 * `contractsAt` answers Multicall3 calls with viem's own ABI coder, so it shares no code with what it tests.
 */
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { decodeFunctionData, encodeFunctionResult, type Hex, isHex, numberToHex, padHex, parseAbi, toHex } from "viem"
import type { EvmCall, EvmCallResult } from "../../../../chains/evm/adapter.js"

export type Reply =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } }
  | { readonly raw: string; readonly status?: number }
  | "hang"

export interface Request {
  readonly method: string
  readonly params: readonly unknown[]
  readonly authorization: string | undefined
}

export interface ScriptedNode {
  readonly url: string
  readonly host: string
  readonly requests: readonly Request[]
  stop(): Promise<void>
}

export async function startNode(script: (request: Request, nth: number) => Reply): Promise<ScriptedNode> {
  const requests: Request[] = []
  const server = createServer(async (incoming, outgoing) => {
    let text = ""
    for await (const chunk of incoming) text += chunk
    const request = { ...JSON.parse(text), authorization: incoming.headers.authorization }
    requests.push(request)
    send(outgoing, script(request, requests.length))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    host: `127.0.0.1:${port}`,
    requests,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, "close")
    },
  }
}

function send(outgoing: ServerResponse, reply: Reply): void {
  if (reply === "hang") return
  const raw = "raw" in reply
  outgoing.writeHead(raw ? (reply.status ?? 200) : 200, { "content-type": "application/json" })
  outgoing.end(raw ? reply.raw : JSON.stringify({ jsonrpc: "2.0", id: 1, ...reply }))
}

export interface Block {
  readonly number: bigint
  readonly hash: Hex
  readonly parentHash: Hex
  readonly timestamp: bigint
}

export const blockAt = (number: bigint, fork = 0n): Block => ({
  number,
  hash: padHex(toHex(number * 16n + fork), { size: 32 }),
  parentHash: padHex(toHex((number - 1n) * 16n + fork), { size: 32 }),
  timestamp: 1_800_000_000n + number,
})

const headerReply = ({ number, hash, parentHash, timestamp }: Block): Reply => ({
  result: { number: numberToHex(number), hash, parentHash, timestamp: numberToHex(timestamp), gasLimit: "0x1" },
})

export const MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11"
const ABI = parseAbi([
  "struct Call3 { address target; bool allowFailure; bytes callData; }",
  "struct Result { bool success; bytes returnData; }",
  "function aggregate3(Call3[] calls) payable returns (Result[])",
])

/** The calls inside an `eth_call` to Multicall3, without those that prove the block. */
export function callsIn({ params }: Request): readonly EvmCall[] {
  const [transaction] = params
  if (typeof transaction !== "object" || transaction === null || !("data" in transaction) || !isHex(transaction.data)) {
    throw new TypeError("no eth_call")
  }
  const { args } = decodeFunctionData({ abi: ABI, data: transaction.data })
  return args[0].map(({ target, callData }) => ({ to: target, data: callData })).slice(4)
}

/** Answers an `eth_call` to Multicall3 as that block's contracts would, each call by `contract`. */
export function contractsAt(
  request: Request,
  block: Block,
  contract: (call: EvmCall, index: number) => EvmCallResult,
  chainId = 1n,
): Reply {
  const proof = [chainId, block.timestamp, block.number, BigInt(block.parentHash)].map(value => ({
    success: true,
    returnData: numberToHex(value, { size: 32 }),
  }))
  const answers = callsIn(request).map(contract)
  const results = answers.map(answer => ({
    success: answer.status !== "reverted",
    returnData: answer.status === "empty" ? ("0x" as const) : answer.data,
  }))
  return { result: encodeFunctionResult({ abi: ABI, functionName: "aggregate3", result: [...proof, ...results] }) }
}

/** A well-behaved node at one block. */
export const nodeAt =
  (block: Block, contract: (call: EvmCall, index: number) => EvmCallResult, chainId = 1n) =>
  (request: Request): Reply => {
    if (request.method === "eth_chainId") return { result: numberToHex(chainId) }
    if (request.method === "eth_getBlockByNumber") return headerReply(block)
    return contractsAt(request, block, contract, chainId)
  }

export const wordResult = (value: bigint): EvmCallResult => ({ status: "ok", data: numberToHex(value, { size: 32 }) })
