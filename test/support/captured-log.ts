/**
 * A log that a test reads: what must, and what must never, stand in it.
 */
import { Writable } from "node:stream"
import { type Logger, pino } from "pino"

export interface CapturedLog {
  readonly log: Logger
  /** Everything logged so far, down to traces. */
  text(): string
}

export function capturedLog(): CapturedLog {
  let text = ""
  const log = pino(
    { level: "trace" },
    new Writable({
      write(chunk, _, done) {
        text += chunk
        done()
      },
    }),
  )
  return { log, text: () => text }
}
