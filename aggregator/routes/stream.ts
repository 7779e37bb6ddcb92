/**
 * `/v1/stream`: the overview as server-sent events, at once and after every change.
 */
import { createRoute } from "@hono/zod-openapi"
import { streamSSE } from "hono/streaming"
import { overviewSchema } from "./schemas.js"
import { createRouter, type Service } from "./service.js"
import { overviewView } from "./views.js"

/** Proxies close silent connections; a comment line well within their patience keeps one open. */
const HEARTBEAT_MS = 15_000

const readStream = createRoute({
  method: "get",
  path: "/v1/stream",
  summary: "Every account, price and chain as server-sent events: at once, then after every change",
  responses: {
    200: {
      description: "Events named `overview`; the schema is that of their data",
      content: { "text/event-stream": { schema: overviewSchema } },
    },
  },
})

export function streamRoutes({ book, show }: Service, closing: AbortSignal) {
  return createRouter().openapi(readStream, context =>
    streamSSE(context, async stream => {
      const changes = new Latch()
      const wake = () => changes.open()
      const unsubscribe = book.subscribe(wake)
      stream.onAbort(wake)
      closing.addEventListener("abort", wake)
      wake()
      while (!stream.aborted && !closing.aborted) {
        const changed = await changes.pass(HEARTBEAT_MS)
        if (stream.aborted || closing.aborted) break
        // A slow reader skips overviews: the next one is always the newest, nothing queues up.
        if (!changed) await stream.write(": still here\n\n")
        else if (book.latest)
          await stream.writeSSE({ event: "overview", data: JSON.stringify(overviewView(book, book.latest, show)) })
      }
      unsubscribe()
      closing.removeEventListener("abort", wake)
    }),
  )
}

/** Remembers one signal until somebody waits for it. */
class Latch {
  #isOpen = false
  #wake: (() => void) | undefined

  open(): void {
    this.#isOpen = true
    this.#wake?.()
  }

  /** True when opened, false when `timeout` ms passed first. */
  async pass(timeout: number): Promise<boolean> {
    if (!this.#isOpen) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, timeout)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    const opened = this.#isOpen
    this.#isOpen = false
    return opened
  }
}
