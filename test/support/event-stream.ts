/**
 * Server-sent events of a response, one after the other, as a reader of `/v1/stream` sees them.
 */
import { type Overview, overviewSchema } from "../../aggregator/routes/overview-schemas.js"

export interface OverviewStream {
  /** Resolves with the next overview. @throws when the stream ends first, or its data is no overview. */
  next(): Promise<Overview>
  /** Resolves with the data of the next event of another name. @throws when the stream ends first. */
  nextOf(event: string): Promise<unknown>
  /** Resolves once the server has ended the stream. */
  ended(): Promise<void>
  close(): Promise<void>
}

export function overviewsOf(response: Response): OverviewStream {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader || response.headers.get("content-type") !== "text/event-stream") {
    throw new Error(`${response.status} ${response.headers.get("content-type")} is no event stream`)
  }
  let text = ""
  /** One block up to its empty line; `undefined` at the end. */
  async function block(): Promise<string | undefined> {
    for (;;) {
      const end = text.indexOf("\n\n")
      if (end >= 0) {
        const found = text.slice(0, end)
        text = text.slice(end + 2)
        return found
      }
      const part = await reader?.read()
      if (!part || part.done) return undefined
      text += part.value
    }
  }
  async function nextOf(event: string): Promise<unknown> {
    for (let found = await block(); found !== undefined; found = await block()) {
      const lines = found.split("\n")
      if (!lines.includes(`event: ${event}`)) continue
      const data = lines.filter(line => line.startsWith("data: ")).map(line => line.slice("data: ".length))
      return JSON.parse(data.join("\n"))
    }
    throw new Error("the stream ended")
  }
  return {
    nextOf,
    next: async () => overviewSchema.strict().parse(await nextOf("overview")),
    async ended() {
      while ((await block()) !== undefined);
    },
    close: () => reader.cancel(),
  }
}
