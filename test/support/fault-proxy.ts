/**
 * Stands before a JSON-RPC endpoint and passes everything on, until it is told to misbehave.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"

/** Changes the result of a call on its way; what comes back replaces it. Answers one call, or each of a batch. */
export type Change = (method: string, result: unknown) => unknown

/**
 * `hangs`: takes requests and never answers. `garbage`: answers with a page. `truncated`: the real answer, cut off.
 * A URL: passes on to another chain. A status: fails so at once. An error: every call, or each of these methods, fails with it. A function: lies.
 */
export type Misbehaviour =
  | "hangs"
  | "garbage"
  | "truncated"
  | URL
  | { readonly status: number }
  | { readonly code: number; readonly message: string; readonly methods?: readonly string[] }
  | Change

export interface FaultProxy {
  readonly url: string
  /** Requests answered or not, since the start. */
  readonly requests: number
  /** `undefined` heals it. */
  misbehave(how: Misbehaviour | undefined): void
  stop(): Promise<void>
}

interface Call {
  readonly id: number
  readonly method: string
}
type Answer = Record<string, unknown>

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let how: Misbehaviour | undefined
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const way = how
    if (way === "hangs") return
    if (way === "garbage") {
      response.writeHead(200, { "content-type": "text/html" }).end("<html>502 Bad Gateway</html>")
      return
    }
    if (typeof way === "object" && "status" in way) {
      response.writeHead(way.status).end()
      return
    }
    const headers = { "content-type": "application/json" }
    if (typeof way === "object" && "code" in way && concerns(body, way.methods)) {
      const error = { code: way.code, message: way.message }
      response.writeHead(200, headers).end(eachCall(body, ({ id }) => ({ jsonrpc: "2.0", id, error })))
      return
    }
    const url = way instanceof URL ? way : target
    const passed = await fetch(url, { method: "POST", headers, body })
    const real = await passed.text()
    response.writeHead(passed.status, headers)
    if (way === "truncated") response.end(real.slice(0, real.length >> 1))
    else if (typeof way === "function") response.end(altered(body, real, way))
    else response.end(real)
  }

  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests
    },
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

/** Whether one of a request's calls is of these methods; every one is when there are none. */
function concerns(body: string, methods: readonly string[] | undefined): boolean {
  const asked: Call | Call[] = JSON.parse(body)
  return methods === undefined || [asked].flat().some(({ method }) => methods.includes(method))
}

function eachCall(body: string, answer: (call: Call, index: number) => Answer): string {
  const asked: Call | Call[] = JSON.parse(body)
  return JSON.stringify(Array.isArray(asked) ? asked.map(answer) : answer(asked, 0))
}

function altered(body: string, real: string, change: Change): string {
  const given: Answer | Answer[] = JSON.parse(real)
  return eachCall(body, ({ method }, index) => {
    const one = (Array.isArray(given) ? given[index] : given) ?? {}
    return "result" in one ? { ...one, result: change(method, one.result) } : one
  })
}
