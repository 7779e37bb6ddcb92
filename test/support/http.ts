/**
 * An HTTP server that answers as a test says and remembers what it was asked.
 */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Answer {
  readonly status: number
  readonly body: string
}

/** `null` leaves the request hanging. */
export async function startServer(answer: (path: string, count: number) => Answer | null | Promise<Answer | null>) {
  const paths: string[] = []
  const server = createServer(async (request, response) => {
    const path = request.url ?? ""
    paths.push(path)
    const reply = await answer(path, paths.length)
    if (reply) response.writeHead(reply.status).end(reply.body)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    paths,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
