/**
 * The transport under every family's JSON-RPC, against servers that hang, refuse and never end.
 */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, test } from "vitest"
import { ChainFault } from "../../../../chains/chain-fault.js"
import { jsonEndpoint } from "../../../../chains/reading/http-json.js"
import { type Reply, type ScriptedNode, startNode } from "../evm/scripted-node.js"

let node: ScriptedNode | undefined
afterEach(async () => {
  await node?.stop()
  node = undefined
})

/** What answers has answered by then on any machine. */
const PATIENT_MS = 120_000
const never = new AbortController().signal

/** Posts to a server that gives `reply` and returns the fault. */
async function faultFor(reply: Reply, { timeoutMs = PATIENT_MS, path = "", signal = never } = {}): Promise<ChainFault> {
  node = await startNode(() => reply)
  const answer: unknown = await jsonEndpoint(node.url + path, timeoutMs)
    .post({}, signal)
    .catch((error: unknown) => error)
  expect(answer).toBeInstanceOf(ChainFault)
  return answer as ChainFault
}

test("an answer comes with its status, and without a body when it is no JSON", async () => {
  for (const [reply, answer] of [
    [{ raw: "[1]" }, { ok: true, status: 200, body: [1] }],
    [
      { raw: '{"error":1}', status: 500 },
      { ok: false, status: 500, body: { error: 1 } },
    ],
    [{ raw: "<html>" }, { ok: true, status: 200, body: undefined }],
  ] as const) {
    node = await startNode(() => reply)
    expect(await jsonEndpoint(node.url, PATIENT_MS).post({}, never)).toEqual(answer)
    await node.stop()
  }
})

test("HTTP 429 is RPC_RATE_LIMIT, HTTP 413 is RESPONSE_LIMIT", async () => {
  expect(await faultFor({ raw: "slow down", status: 429 })).toMatchObject({ code: "RPC_RATE_LIMIT" })
  await node?.stop()
  expect(await faultFor({ raw: "too large", status: 413 })).toMatchObject({ code: "RESPONSE_LIMIT" })
})

test("a node that hangs is given up after the timeout", async () => {
  // Without one, this test would not end either.
  expect(await faultFor("hang", { timeoutMs: 60 })).toMatchObject({ code: "RPC_UNAVAILABLE" })
})

test("an abort ends a request that hangs, and prevents one that has not begun", async () => {
  const controller = new AbortController()
  const pending = faultFor("hang", { signal: controller.signal })
  await expect.poll(() => node?.requests.length).toBe(1)
  controller.abort()
  expect(await pending).toMatchObject({ code: "RPC_UNAVAILABLE" })
  await node?.stop()
  await faultFor({ result: "0x1" }, { signal: controller.signal })
  expect(node?.requests).toEqual([])
})

test("a closed port is RPC_UNAVAILABLE", async () => {
  const request = jsonEndpoint("http://127.0.0.1:9", PATIENT_MS).post({}, never)
  await expect(request).rejects.toMatchObject({ code: "RPC_UNAVAILABLE" })
})

test("credentials in the URL become a header", async () => {
  node = await startNode(() => ({ result: "0x1" }))
  await jsonEndpoint(node.url.replace("//", "//me:p%40ss@"), PATIENT_MS).post({}, never)
  expect(node.requests[0]?.authorization).toBe(`Basic ${Buffer.from("me:p@ss").toString("base64")}`)
})

test("a key in the URL shows neither in the host nor in a fault", async () => {
  for (const reply of [{ raw: "", status: 429 }, "hang"] as const) {
    const { message } = await faultFor(reply, { path: "v2/s3cret?key=s3cret", timeoutMs: 60 })
    expect(message).not.toContain("s3cret")
    await node?.stop()
  }
  const refused = jsonEndpoint("http://user:s3cret@127.0.0.1:1/v2/s3cret", PATIENT_MS)
  expect(refused.host).toBe("127.0.0.1:1")
  await expect(refused.post({}, never)).rejects.not.toMatchObject({ message: expect.stringContaining("s3cret") })
})

test("an answer that never ends is cut off as too long", async () => {
  const part = Buffer.alloc(1024 * 1024, "5")
  const server = createServer((_, response) => {
    const pour = () => {
      while (!response.destroyed && response.write(part));
    }
    response.on("drain", pour)
    pour()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  try {
    const { port } = server.address() as AddressInfo
    const endless = jsonEndpoint(`http://127.0.0.1:${port}`, PATIENT_MS).post({}, never)
    await expect(endless).rejects.toMatchObject({ code: "RESPONSE_LIMIT" })
  } finally {
    server.close()
    server.closeAllConnections()
    await once(server, "close")
  }
})
