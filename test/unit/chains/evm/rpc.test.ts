import { afterEach, describe, expect, test } from "vitest"
import { ChainFault } from "../../../../chains/chain-fault.js"
import { httpEndpoint } from "../../../../chains/evm/rpc.js"
import { type Reply, type ScriptedNode, startNode } from "./scripted-node.js"

let node: ScriptedNode | undefined
afterEach(async () => {
  await node?.stop()
  node = undefined
})

const never = new AbortController().signal

/** Asks a node that gives `reply` and returns the fault. */
async function faultFor(reply: Reply, { timeoutMs = 120_000, path = "" } = {}): Promise<ChainFault> {
  node = await startNode(() => reply)
  const answer: unknown = await httpEndpoint(node.url + path, { timeoutMs })
    .request("eth_chainId", [], never)
    .catch((error: unknown) => error)
  expect(answer).toBeInstanceOf(ChainFault)
  return answer as ChainFault
}

test("returns the result and sends the request as it is", async () => {
  node = await startNode(() => ({ result: "0x1" }))
  const params = [{ to: "0xab" }, { blockHash: "0xcd", requireCanonical: true }]
  expect(await httpEndpoint(node.url, { timeoutMs: 120_000 }).request("eth_call", params, never)).toBe("0x1")
  expect(node.requests).toMatchObject([{ method: "eth_call", params }])
})

test("null is a result", async () => {
  node = await startNode(() => ({ result: null }))
  expect(await httpEndpoint(node.url, { timeoutMs: 120_000 }).request("eth_getBlockByNumber", [], never)).toBe(null)
})

describe("garbage is RPC_UNAVAILABLE", () => {
  test.each<[string, Reply]>([
    ["an HTML page", { raw: "<html><body>It works!</body></html>" }],
    ["an HTML error page", { raw: "<html>Bad gateway</html>", status: 502 }],
    ["truncated JSON", { raw: '{"jsonrpc":"2.0","id":1,"result":"0x' }],
    ["nothing", { raw: "" }],
    ["JSON that is no object", { raw: "42" }],
    ["JSON null", { raw: "null" }],
    ["an object without a result", { raw: '{"jsonrpc":"2.0","id":1}' }],
    ["HTTP 500", { raw: "oops", status: 500 }],
    ["HTTP 500 around a result", { raw: '{"jsonrpc":"2.0","id":1,"result":"0x1"}', status: 500 }],
    ["an error that is a string", { raw: '{"jsonrpc":"2.0","id":1,"error":"no"}' }],
    ["an error without code or message", { raw: '{"jsonrpc":"2.0","id":1,"error":{}}' }],
  ])("%s", async (_, reply) => {
    expect(await faultFor(reply)).toMatchObject({ code: "RPC_UNAVAILABLE" })
  })
})

test("an error inside an HTTP error counts as the error", async () => {
  const raw = JSON.stringify({ jsonrpc: "2.0", id: 1, error: { code: -32000, message: "header not found" } })
  expect(await faultFor({ raw, status: 400 })).toMatchObject({ code: "PIN_LOST" })
})

test("a key in the URL shows neither in the host nor in a fault", async () => {
  for (const reply of [{ raw: "<html>", status: 403 }, "hang", { result: undefined }] as const) {
    const { message } = await faultFor(reply, { path: "v2/s3cret?key=s3cret", timeoutMs: 60 })
    expect(message).not.toContain("s3cret")
    await node?.stop()
  }
  expect(httpEndpoint("https://user:s3cret@rpc.example/v2/s3cret", { timeoutMs: 1 }).host).toBe("rpc.example")
})
