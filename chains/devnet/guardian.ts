/**
 * The devnet's guardian network in one process: signs what both core contracts publish and serves it over HTTP,
 * under the path and in the form of the public guardian API.
 */
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import { signersOf, signMessage } from "./guardian-signing.js"
import { type CoreWatch, type WatchedCore, watchCore } from "./guardian-watch.js"

export interface Guardian {
  /** Base address of the API on 127.0.0.1. */
  readonly url: string
  stop(): Promise<void>
}

const SIGNED_VAA = /^\/v1\/signed_vaa\/(?<chain>\d{1,5})\/(?<emitter>[0-9a-f]{64})\/(?<sequence>\d{1,20})$/

/**
 * Starts serving on a free port.
 *
 * @param guardianSet in force on the cores.
 */
export async function startGuardian(cores: readonly WatchedCore[], guardianSet = 0): Promise<Guardian> {
  const watches = new Map(cores.map(core => [core.wormholeChain, watchCore(core)]))
  const server = createServer((request, response) => {
    answer(watches, guardianSet, request.url ?? "").then(
      vaa => (vaa ? reply(response, 200, { vaaBytes: vaa.toString("base64") }) : notFound(response)),
      error => reply(response, 503, { code: 14, message: error instanceof Error ? error.message : String(error) }),
    )
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  watches: ReadonlyMap<number, CoreWatch>,
  guardianSet: number,
  path: string,
): Promise<Buffer | null> {
  const { chain, emitter, sequence } = SIGNED_VAA.exec(path)?.groups ?? {}
  if (chain === undefined || emitter === undefined || sequence === undefined) return null
  const emitter32: Bytes32 = `0x${emitter}`
  const message = await watches.get(Number(chain))?.find(emitter32, BigInt(sequence))
  return message ? Buffer.from(signMessage(message, signersOf(message.sequence), guardianSet)) : null
}

const notFound = (response: ServerResponse): void =>
  reply(response, 404, { code: 5, message: "requested VAA not found", details: [] })

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" })
  response.end(JSON.stringify(body))
}
