/**
 * A Wormhole query service on this machine: the SDK's own mock over a local chain, behind the HTTP shape of the real one.
 */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { QueryProxyMock, QueryRequest } from "@wormhole-foundation/wormhole-query-sdk"

export interface SignedAnswer {
  readonly bytes: string
  readonly signatures: readonly string[]
}

export interface QueryProxy {
  readonly url: string
  /** API keys that requests came with. */
  readonly keys: readonly (string | undefined)[]
  /** Changes answers on their way; `undefined` stops that. */
  alter(change: ((answer: SignedAnswer) => SignedAnswer) | undefined): void
  stop(): Promise<void>
}

/** @param privateKeys of guardians 0, 1, … in their order, all of whom sign. */
export async function startQueryProxy(
  rpc: Readonly<Record<number, string>>,
  privateKeys: readonly string[],
): Promise<QueryProxy> {
  const mock = new QueryProxyMock(rpc, [...privateKeys])
  const keys: (string | undefined)[] = []
  let change: ((answer: SignedAnswer) => SignedAnswer) | undefined
  const server = createServer(async (incoming, outgoing) => {
    const key = incoming.headers["x-api-key"]
    keys.push(typeof key === "string" ? key : undefined)
    try {
      const { bytes } = JSON.parse(await text(incoming))
      const answer = await mock.mock(QueryRequest.from(`0x${bytes}`))
      outgoing.end(JSON.stringify(change?.(answer) ?? answer))
    } catch {
      outgoing.writeHead(400).end()
    }
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1/query`,
    keys,
    alter: next => {
      change = next
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
