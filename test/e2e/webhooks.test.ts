import { afterAll, beforeAll, expect, it } from "vitest"
import { parseConfig } from "../../aggregator/config.js"
import { type RunningService, startService } from "../../aggregator/main.js"
import { capturedLog } from "../support/captured-log.js"
import { startServer } from "../support/http.js"
import { until } from "../support/until.js"
import { startReceiver } from "../support/webhook-receiver.js"

const CHAIN = "eip155:31337"
const HOLDER = `${CHAIN}:0x70997970C51812dc3A010C7d01b50e0d17dc79C8`
const SECRETS = {
  adminToken: "correct-horse-battery-staple",
  publisherKey: `0x${"a1".repeat(32)}`,
  relayerKey: `0x${"b2".repeat(32)}`,
}
const authorized = { authorization: `Bearer ${SECRETS.adminToken}`, "content-type": "application/json" }

const { log, text: logged } = capturedLog()
/** A chain that answers nothing useful: its accounts are UNAVAILABLE, and publishing fails. */
let node: Awaited<ReturnType<typeof startServer>>
let receiver: Awaited<ReturnType<typeof startReceiver>>
let service: RunningService

beforeAll(async () => {
  node = await startServer(() => ({ status: 500, body: "{}" }))
  receiver = await startReceiver(count => (count === 1 ? 503 : 200))
  const contract = `0x${"11".repeat(20)}`
  const config = parseConfig({
    chains: [
      {
        kind: "evm",
        chain: CHAIN,
        name: "Nowhere",
        wormholeChain: 2,
        rpc: [node.url],
        finality: "latest",
        assets: [],
        adapters: [],
        wormhole: { core: contract, receiver: contract },
      },
    ],
    accounts: [{ id: "holder", addresses: [HOLDER] }],
    attestation: { homeChain: CHAIN, guardianApis: [node.url] },
    port: 0,
    refreshSeconds: 0.2,
    storage: { folder: null },
    webhooks: { allowPrivateTargets: true },
  })
  service = await startService(config, SECRETS, log)
})
afterAll(async () => {
  await service?.stop()
  await receiver?.stop()
  await node?.stop()
})

it("tells of an account that cannot be read, again after a failure, and no secret reaches a log", async () => {
  const at = `${service.url}/v1/webhooks`
  expect((await fetch(at, { headers: { authorization: "Bearer wrong" } })).status).toBe(401)
  const created = await fetch(at, {
    method: "POST",
    headers: authorized,
    body: JSON.stringify({ url: `${receiver.url}?key=of-the-target` }),
  })
  expect(created.status).toBe(201)
  const { secret } = await created.json()

  const [first, second] = await until("the event came twice", () => receiver.received.length > 1 && receiver.received)
  expect(first?.event).toMatchObject({
    type: "account.status_changed",
    data: { account: "holder", status: "UNAVAILABLE", previousStatus: "NORMAL", health: null },
  })
  expect([second?.id, second?.event]).toEqual([first?.id, first?.event])
  for (const each of receiver.received) expect(each.isSignedWith(secret)).toBe(true)
  await until("nothing waits any more", async () => {
    const { webhooks } = await (await fetch(at, { headers: authorized })).json()
    return webhooks[0].pending === 0
  })

  await until("the log tells of both failures", () =>
    ["a chain is unavailable", "an event of a webhook was not taken"].every(line => logged().includes(line)),
  )
  const hidden = [...Object.values(SECRETS), secret, "of-the-target"]
  // As a log might spell them: whole, without their prefix, or escaped.
  for (const text of hidden) {
    for (const spelled of [text, text.replace(/^(0x|whsec_)/, ""), JSON.stringify(text).slice(1, -1)]) {
      expect(logged().includes(spelled)).toBe(false)
    }
  }
})
