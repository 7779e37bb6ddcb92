/**
 * `/v1/stream`: server-sent events. `overview` is the state, at once and after every change; `status` is each account that
 * changed its status meanwhile; `epoch` is each attested epoch, and a reader that comes back with `Last-Event-ID` gets those it
 * missed.
 */
import { setMaxListeners } from "node:events"
import { createRoute } from "@hono/zod-openapi"
import { type SSEStreamingApi, streamSSE } from "hono/streaming"
import { NotReadyError } from "../domain/errors.js"
import type { EpochRecord } from "../store/epoch-archive.js"
import { StatusChanges } from "../store/status-changes.js"
import { overviewSchema } from "./overview-schemas.js"
import { RenderCache } from "./render-cache.js"
import { createRouter, problem, type Service } from "./service.js"
import { attestationView, overviewView } from "./views.js"

/** Proxies close silent connections; a comment line well within their patience keeps one open. */
const HEARTBEAT_MS = 15_000
/** Who takes nothing for so long is gone: what waits for him is let go of. */
const STALLED_MS = 60_000
const MOST_STREAMS = 10_000
/** Who missed more looks them up in `/v1/attestations`. */
const MOST_REPLAYED = 100

const readStream = createRoute({
  method: "get",
  path: "/v1/stream",
  summary: "Every account, price and chain as server-sent events: at once, then after every change",
  responses: {
    200: {
      description:
        "Events named `overview`, whose data has this schema; `status`, whose data names an `account` that changed its " +
        "status `from` one `to` another at a `valuationTime`, while the stream was open; and `epoch`, whose data is an " +
        "Attestation and whose id is its epoch: send the last one as Last-Event-ID to get those since",
      content: { "text/event-stream": { schema: overviewSchema } },
    },
    503: problem("Too many streams are open"),
  },
})

export function streamRoutes({ book, show }: Service, closing: AbortSignal) {
  const texts = new RenderCache(book)
  const statuses = new StatusChanges()
  const observe = () => book.latest && statuses.observe(book.latest)
  observe()
  // Before any reader's own subscription: who is woken finds the changes there.
  book.subscribe(observe)
  let open = 0
  // Each open stream listens for the end of the service, and leaves with its reader.
  setMaxListeners(MOST_STREAMS, closing)

  const overview = () => {
    const { latest } = book
    return latest && texts.text("overview", () => overviewView(book, latest, show))
  }

  /** Epochs above `seen`, oldest first. */
  async function missed(seen: bigint): Promise<readonly EpochRecord[]> {
    const newest = book.latestEpoch
    if (!newest || newest.attestation.epoch <= seen) return []
    if (newest.attestation.epoch === seen + 1n) return [newest]
    const records = await book.epochsBefore(null, MOST_REPLAYED)
    return records.filter(each => each.attestation.epoch > seen).toReversed()
  }

  async function follow(stream: SSEStreamingApi, lastSeen: bigint | null): Promise<void> {
    const changes = new Latch()
    const wake = () => changes.open()
    const unsubscribe = book.subscribe(wake)
    stream.onAbort(wake)
    closing.addEventListener("abort", wake)
    let seen = lastSeen ?? book.latestEpoch?.attestation.epoch ?? 0n
    let told = statuses.count
    wake()
    while (!stream.aborted && !closing.aborted) {
      const changed = await changes.pass(HEARTBEAT_MS)
      if (stream.aborted || closing.aborted) break
      if (!changed) await taken(stream, stream.write(": still here\n\n"))
      else {
        for (const record of await missed(seen)) {
          seen = record.attestation.epoch
          const data = texts.text(`epoch ${seen}`, () => attestationView(record, show))
          await taken(stream, stream.writeSSE({ event: "epoch", id: String(seen), data }))
        }
        const moved = statuses.since(told)
        told = statuses.count
        for (const each of moved) await taken(stream, stream.writeSSE({ event: "status", data: JSON.stringify(each) }))
        // A slow reader skips overviews: the next one is always the newest, nothing queues up.
        const data = overview()
        if (data !== undefined) await taken(stream, stream.writeSSE({ event: "overview", data }))
      }
    }
    unsubscribe()
    closing.removeEventListener("abort", wake)
  }

  return createRouter().openapi(readStream, context => {
    if (open >= MOST_STREAMS) throw new NotReadyError(`${MOST_STREAMS} streams are open; try again later`)
    open++
    return streamSSE(context, async stream => {
      try {
        await follow(stream, epochIn(context.req.header("last-event-id")))
      } finally {
        open--
      }
    })
  })
}

/** What is no number of an epoch is taken for nothing seen yet. */
const epochIn = (text: string | undefined): bigint | null => (/^\d{1,20}$/.test(text ?? "") ? BigInt(text ?? 0) : null)

/** Waits until the reader has taken what was written, or gives the stream up. */
async function taken(stream: SSEStreamingApi, written: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const stalled = new Promise<"stalled">(resolve => {
    timer = setTimeout(() => resolve("stalled"), STALLED_MS)
  })
  if ((await Promise.race([written, stalled])) === "stalled") stream.abort()
  clearTimeout(timer)
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
