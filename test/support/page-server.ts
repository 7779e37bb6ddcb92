/**
 * Serves the built page as the service does, with a stream whose every word the test decides.
 */
import { readFile } from "node:fs/promises"
import { createServer, type ServerResponse } from "node:http"
import { createRequire } from "node:module"
import type { AddressInfo } from "node:net"
import { dirname, extname, join } from "node:path"
import { build } from "vite"
import type { Overview } from "../../aggregator/routes/overview-schemas.js"
import { evidenceAt } from "./page-evidence.js"

/** The source of the page, from wherever this runs. */
const DASHBOARD = join(
  dirname(createRequire(import.meta.url).resolve("plimsoll/package.json")),
  "aggregator",
  "dashboard",
)
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
}

export interface PageServer {
  readonly url: string
  /** Sends an overview to every listener and, at once, to those that connect later. */
  send(overview: Overview): void
  /** Sends text as it is, valid or not. */
  sendRaw(data: string): void
  /** Ends every stream; new ones get what `how` says until `restore`. */
  drop(how: "refuse" | "status-503"): void
  restore(): void
  stop(): Promise<void>
}

/** Builds the page from its source into `folder`, so that a test never looks at an older build. */
export async function buildPage(folder: string): Promise<void> {
  await build({
    root: DASHBOARD,
    configFile: join(DASHBOARD, "vite.config.ts"),
    logLevel: "error",
    build: { outDir: folder },
  })
}

export async function servePage(folder: string, first: Overview): Promise<PageServer> {
  const listeners = new Set<ServerResponse>()
  let latest = JSON.stringify(first)
  let down: "refuse" | "status-503" | null = null

  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname
    response.setHeader("content-security-policy", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'")
    response.setHeader("x-content-type-options", "nosniff")
    if (path === "/v1/stream") {
      if (down === "refuse") request.socket.destroy()
      else if (down === "status-503") response.writeHead(503).end()
      else listen(response)
      return
    }
    const document = evidenceAt(path)
    if (document) return void response.writeHead(200, { "content-type": document.type }).end(document.body)
    const file = path === "/" ? "index.html" : path.slice(1)
    const type = TYPES[extname(file)]
    if (type === undefined || file.includes("..")) return void response.writeHead(404).end()
    const body = await readFile(join(folder, file)).catch(() => null)
    if (body === null) return void response.writeHead(404).end()
    response.writeHead(200, { "content-type": type }).end(body)
  })

  function listen(response: ServerResponse) {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" })
    response.write(`retry: 200\n\n${event(latest)}`)
    listeners.add(response)
    response.once("close", () => listeners.delete(response))
  }
  const broadcast = (data: string) => {
    for (const listener of listeners) listener.write(event(data))
  }

  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${portOf(server.address())}/`,
    send(overview) {
      latest = JSON.stringify(overview)
      broadcast(latest)
    },
    sendRaw: broadcast,
    drop(how) {
      down = how
      for (const listener of listeners) listener.destroy()
    },
    restore() {
      down = null
    },
    async stop() {
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

const event = (data: string): string => `event: overview\ndata: ${data}\n\n`

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the page server listens on no port")
  return address.port
}
