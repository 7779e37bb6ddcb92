import { expect, it } from "vitest"
import { newSecret, signatureHeaders } from "../../../aggregator/webhooks/signature.js"

it("signs as the Standard Webhooks libraries do", () => {
  // The example that those libraries are tested with.
  const message = {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    body: '{"test": 2432232314}',
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  }
  expect(signatureHeaders(message, 1_614_265_330)).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  })
})

it("makes secrets of 32 bytes, each another", () => {
  const secrets = [newSecret(), newSecret()]
  for (const secret of secrets) expect(Buffer.from(secret.slice("whsec_".length), "base64")).toHaveLength(32)
  expect(new Set(secrets).size).toBe(2)
})
