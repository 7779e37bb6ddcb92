import { expect, it } from "vitest"
import { newSecret, signatureHeaders } from "../../../aggregator/webhooks/signature.js"
import { codeIn } from "../../support/documentation.js"

const NOW = 1_790_000_000
const BODY = '{"type":"webhook.test"}'

type IsGenuine = (headers: Record<string, string>, body: string, secret: string, now: number) => boolean

it("the receiver's check in docs/operate.md takes what the service signs and nothing else", async () => {
  const code = Buffer.from(codeIn("operate.md", "js")).toString("base64")
  const { isGenuine } = (await import(`data:text/javascript;base64,${code}`)) as { isGenuine: IsGenuine }
  const secret = newSecret()
  const headers = signatureHeaders({ id: "evt_1", body: BODY, secret }, NOW)
  const { "webhook-signature": signature = "" } = headers
  expect(isGenuine(headers, BODY, secret, NOW + 300)).toBe(true)
  expect(isGenuine({ ...headers, "webhook-signature": `v1,AAAA ${signature}` }, BODY, secret, NOW)).toBe(true)
  expect(isGenuine(headers, BODY, secret, NOW + 301)).toBe(false)
  expect(isGenuine(headers, `${BODY} `, secret, NOW)).toBe(false)
  expect(isGenuine(headers, BODY, newSecret(), NOW)).toBe(false)
  expect(isGenuine({ ...headers, "webhook-id": "evt_2" }, BODY, secret, NOW)).toBe(false)
  expect(isGenuine({ ...headers, "webhook-timestamp": String(NOW + 1) }, BODY, secret, NOW)).toBe(false)
  expect(isGenuine({ ...headers, "webhook-timestamp": "never" }, BODY, secret, NOW)).toBe(false)
  expect(isGenuine({}, BODY, secret, NOW)).toBe(false)
})
