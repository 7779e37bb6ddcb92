/**
 * What the last beats say about what the service depends on.
 */
import type { EngineEvent } from "./engine.js"
import type { Readiness } from "./routes/service.js"
import type { MarginBook } from "./store/margin-book.js"

/** Follows the engine's events; a check fails while the latest event of its stage is a failure. */
export class BeatHealth {
  readonly #failed = new Map<string, string>()
  #published = false

  constructor(readonly publishes: boolean) {}

  note(event: EngineEvent): void {
    if (event.kind === "failed") this.#failed.set(event.stage, messageOf(event.error))
    else this.#failed.delete(event.kind === "assessed" ? "assess" : "publish")
    if (event.kind === "published") this.#published = true
  }

  checks(book: MarginBook): Readiness[] {
    const assessment = book.latest
    const beat = this.#failed.get("assess")
    const chains = (assessment?.snapshot.chains ?? []).map(
      (state): Readiness => ({
        name: `chain ${state.chain}`,
        ok: state.status === "ok",
        detail: state.status === "ok" ? `pinned at ${state.pin.timestamp}` : `${state.code}: ${state.detail}`,
      }),
    )
    const margin = {
      name: "margin",
      ok: beat === undefined && assessment !== undefined,
      detail: beat ?? (assessment ? "computed" : "no chain has been read yet"),
    }
    const failure = this.#failed.get("publish")
    const publication = {
      name: "publication",
      ok: failure === undefined && this.#published,
      detail: failure ?? (this.#published ? "published" : "no epoch published yet"),
    }
    return [margin, ...chains, ...(this.publishes ? [publication] : [])]
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
