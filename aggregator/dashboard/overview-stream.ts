/**
 * The live stream as three plain events, with the reconnecting that EventSource leaves to its user.
 * A browser retries a dropped connection by itself, but gives up for good when the answer is no event stream.
 */
import type { Overview } from "../routes/overview-schemas.js"

export type StreamEvent =
  | { readonly type: "overview"; readonly overview: Overview; readonly receivedAt: number }
  | { readonly type: "unreadable" }
  | { readonly type: "lost" }

const FIRST_DELAY_MS = 1_000
const LONGEST_DELAY_MS = 15_000

/** Listens until the returned function is called. `receivedAt` is the reader's own clock, unix seconds. */
export function listenToOverviews(url: string, onEvent: (event: StreamEvent) => void): () => void {
  let source: EventSource
  let timer: ReturnType<typeof setTimeout> | undefined
  let delay = FIRST_DELAY_MS

  const open = () => {
    source = new EventSource(url)
    source.addEventListener("overview", ({ data }: MessageEvent<string>) => {
      delay = FIRST_DELAY_MS
      const overview = readOverview(data)
      onEvent(overview ? { type: "overview", overview, receivedAt: Date.now() / 1000 } : { type: "unreadable" })
    })
    source.addEventListener("error", () => {
      onEvent({ type: "lost" })
      if (source.readyState !== EventSource.CLOSED) return
      timer = setTimeout(open, delay)
      delay = Math.min(2 * delay, LONGEST_DELAY_MS)
    })
  }
  open()
  return () => {
    clearTimeout(timer)
    source.close()
  }
}

function readOverview(data: string): Overview | null {
  try {
    const value: unknown = JSON.parse(data)
    return isOverview(value) ? value : null
  } catch {
    return null
  }
}

/** The service validates what it sends with the same schema; this only tells an overview from something else. */
function isOverview(value: unknown): value is Overview {
  return (
    typeof value === "object" &&
    value !== null &&
    "valuationTime" in value &&
    typeof value.valuationTime === "number" &&
    ["accounts", "prices", "chains"].every(field => Array.isArray(Reflect.get(value, field))) &&
    "attestation" in value
  )
}
