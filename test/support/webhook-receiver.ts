/**
 * A receiver of webhooks that answers as a test says and checks every signature by itself.
 */
import { createHmac } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Received {
  readonly id: string
  readonly timestamp: number
  readonly event: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> }
  isSignedWith(secret: string): boolean
}

/** @param answer the status for the n-th message, from 1 on. */
export async function startReceiver(answer: (count: number) => number) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString("utf8")
    const [id, timestamp, signature] = ["id", "timestamp", "signature"].map(name =>
      String(request.headers[`webhook-${name}`]),
    )
    received.push({
      id: String(id),
      timestamp: Number(timestamp),
      event: JSON.parse(body),
      isSignedWith: secret => {
        const key = Buffer.from(secret.replace("whsec_", ""), "base64")
        return signature === `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`
      },
    })
    response.writeHead(answer(received.length)).end("thanks")
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
