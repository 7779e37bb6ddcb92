/**
 * One HTTP listener that can be closed: a busy port is a clear error, open streams do not hold up the stop.
 */
import { createAdaptorServer } from "@hono/node-server"
import { PlimsollError } from "./domain/errors.js"

export interface Listener {
  readonly url: string
  /** Takes no new connections, lets answers under way finish, then closes what is left. */
  stop(): Promise<void>
}

interface Served {
  fetch(request: Request): Response | Promise<Response>
}

export class PortInUseError extends PlimsollError {
  readonly code = "PORT_IN_USE"
  constructor(
    readonly host: string,
    readonly port: number,
  ) {
    super(`port ${port} on ${host} is in use; stop what uses it or choose another with PORT=…`)
  }
}

const GRACE_MS = 2_000
/** Who sends slowly holds a connection no longer than this; answers may take as long as they like. */
const SLOWEST_HEADERS_MS = 10_000
const SLOWEST_REQUEST_MS = 30_000
const IDLE_MS = 65_000

/** @throws PortInUseError when the port is taken. */
export function listen(app: Served, { host, port }: { host: string; port: number }): Promise<Listener> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: SLOWEST_HEADERS_MS,
      requestTimeout: SLOWEST_REQUEST_MS,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: 5_000,
    },
  })
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new PortInUseError(host, port) : error)
    })
    server.listen(port, host, () => {
      const bound = server.address()
      const actual = typeof bound === "object" && bound ? bound.port : port
      resolve({ url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`, stop: () => close(server) })
    })
  })
}

/**
 * Looks whether the port can be had, before anything expensive is started.
 *
 * @throws PortInUseError when the port is taken.
 */
export async function requireFreePort(place: { host: string; port: number }): Promise<void> {
  const probe = await listen({ fetch: () => new Response(null, { status: 503 }) }, place)
  await probe.stop()
}

function close(server: ReturnType<typeof createAdaptorServer>): Promise<void> {
  return new Promise(resolve => {
    const cut = "closeAllConnections" in server ? setTimeout(() => server.closeAllConnections(), GRACE_MS) : undefined
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    if ("closeIdleConnections" in server) server.closeIdleConnections()
  })
}
