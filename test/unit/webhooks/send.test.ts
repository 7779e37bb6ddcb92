import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { type SendRules, webhookSender } from "../../../aggregator/webhooks/send.js"
import { isPublicAddress, targetIssue } from "../../../aggregator/webhooks/target.js"
import { startServer } from "../../support/http.js"

const going = new AbortController().signal
const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop()
})

async function server(answer: Parameters<typeof startServer>[0]) {
  const started = await startServer(answer)
  open.push(started)
  return started
}

const send = (url: string, rules: Partial<SendRules> = {}) =>
  webhookSender({ allowPrivateTargets: true, timeoutMs: 240_000, ...rules })({ url, body: "{}", headers: {} }, going)

describe("addresses", () => {
  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2001:db8::1",
    "no-address",
  ])("%s is not public", address => expect(isPublicAddress(address)).toBe(false))

  it.each(["8.8.8.8", "172.32.0.1", "2606:4700:4700::1111"])("%s is public", address =>
    expect(isPublicAddress(address)).toBe(true),
  )
})

describe("targets", () => {
  it.each([
    "alerts.example",
    "http://alerts.example/",
    "ftp://alerts.example/",
    "https://user:word@alerts.example/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
  ])("%s is refused", target => expect(targetIssue(target, { allowPrivateTargets: false })).not.toBeNull())

  it.each(["https://alerts.example/hook?to=me", "https://8.8.8.8/"])("%s is taken", target =>
    expect(targetIssue(target, { allowPrivateTargets: false })).toBeNull(),
  )
})

describe("sending", () => {
  it("ends with the target's answer, whatever follows its status", async () => {
    const { url } = await server(() => ({ status: 204, body: "" }))
    expect(await send(url)).toEqual({ kind: "taken" })
    const busy = await server(() => ({ status: 503, body: "x".repeat(1_000_000) }))
    expect(await send(busy.url)).toEqual({ kind: "refused", reason: "the target answered 503" })
  })

  it("follows no redirect", async () => {
    const inside = await server(() => ({ status: 200, body: "" }))
    const outside = createServer((_, response) => response.writeHead(307, { location: inside.url }).end())
    outside.listen(0, "127.0.0.1")
    await once(outside, "listening")
    const { port } = outside.address() as AddressInfo
    expect(await send(`http://127.0.0.1:${port}`)).toEqual({ kind: "refused", reason: "the target answered 307" })
    outside.close()
    await once(outside, "close")
    expect(inside.paths).toEqual([])
  })

  it("gives up a target that hangs", async () => {
    const { url } = await server(() => null)
    expect(await send(url, { timeoutMs: 20 })).toEqual({ kind: "refused", reason: "no answer within 20 ms" })
  })

  it("names what failed when nobody listens", async () => {
    expect(await send("http://127.0.0.1:9")).toEqual({ kind: "refused", reason: "the connection failed: ECONNREFUSED" })
  })

  it("connects to no name that leads inside, not even beside a public address", async () => {
    const inside = await server(() => ({ status: 200, body: "" }))
    const url = inside.url.replace("http://127.0.0.1", "https://alerts.example")
    for (const addresses of [["127.0.0.1"], ["8.8.8.8", "::1"]]) {
      const resolve = async () => addresses.map(address => ({ address, family: address.includes(":") ? 6 : 4 }))
      expect(await send(url, { allowPrivateTargets: false, resolve })).toEqual({
        kind: "refused",
        reason: "the target's name leads into a private network",
      })
    }
    expect(inside.paths).toEqual([])
  })

  it("reaches a name by the addresses that were checked", async () => {
    const inside = await server(() => ({ status: 200, body: "" }))
    const asked: string[] = []
    const resolve = async (name: string) => {
      asked.push(name)
      return [{ address: "127.0.0.1", family: 4 }]
    }
    expect(await send(inside.url.replace("127.0.0.1", "alerts.example"), { resolve })).toEqual({ kind: "taken" })
    expect(asked).toEqual(["alerts.example"])
  })
})
