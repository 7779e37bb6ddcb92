/**
 * Stands before a JSON-RPC endpoint and passes everything on, until it is told to misbehave.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"

/** `hangs`: takes requests and never answers. `garbage`: answers with a page. A URL: passes on to another chain. */
export type Misbehaviour = "hangs" | "garbage" | URL

export interface FaultProxy {
  readonly url: string
  /** `undefined` heals it. */
  misbehave(how: Misbehaviour | undefined): void
  stop(): Promise<void>
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let how: Misbehaviour | undefined
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    if (how === "hangs") return
    if (how === "garbage") {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>502 Bad Gateway</html>")
      return
    }
    const headers = { "content-type": "application/json" }
    const passed = await fetch(how ?? target, { method: "POST", headers, body })
    response.writeHead(passed.status, headers).end(await passed.text())
  }

  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    misbehave: next => {
      how = next
      // Who waits for a hanging answer is let go when it heals, as by a restart.
      if (next === undefined) server.closeAllConnections()
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
