/**
 * What the last beats say about what the service depends on.
 */
import type { ChainId } from "./domain/caip.js"
import type { Clock } from "./domain/ports.js"
import type { EngineEvent } from "./engine.js"
import type { Readiness } from "./routes/service.js"
import type { MarginBook } from "./store/margin-book.js"

/** Seconds after which silence is a failure too: nobody reports a beat that hangs. */
export interface Patience {
  readonly margin: number
  /** `null`: nothing is published. */
  readonly publication: number | null
}

interface Outcome {
  /** Unix seconds of the last success; `undefined` before the first. */
  readonly at?: number | undefined
  readonly failure?: string | undefined
}

/** Follows the engine's events; a check fails while the latest event of its stage is a failure, or too long ago. */
export class BeatHealth {
  #margin: Outcome = {}
  #publication: Outcome = {}
  /** Unix seconds of the newest attestation that each receiver holds; `undefined` before its first. */
  readonly #held = new Map<ChainId, number | undefined>()

  constructor(
    readonly patience: Patience,
    readonly clock: Clock,
  ) {}

  note(event: EngineEvent): void {
    if (event.kind === "assessed") this.#margin = { at: this.clock.now() }
    else if (event.kind === "published") this.#publication = { at: this.clock.now() }
    else if (event.stage === "assess") this.#margin = { ...this.#margin, failure: messageOf(event.error) }
    else this.#publication = { ...this.#publication, failure: messageOf(event.error) }
  }

  /** What a receiver was seen to hold: that a delivery was sent proves nothing. */
  noteHeld(chain: ChainId, timestamp: number | undefined): void {
    this.#held.set(chain, timestamp)
  }

  checks(book: MarginBook): Readiness[] {
    const chains = (book.latest?.snapshot.chains ?? []).map(
      (state): Readiness => ({
        name: `chain ${state.chain}`,
        ok: state.status === "ok",
        detail: state.status === "ok" ? `pinned at ${state.pin.timestamp}` : `${state.code}: ${state.detail}`,
      }),
    )
    const { margin, publication } = this.patience
    return [
      this.#check("margin", this.#margin, margin, "no chain has been read yet"),
      ...chains,
      ...(publication === null
        ? []
        : [
            this.#check("publication", this.#publication, publication, "no epoch published yet"),
            ...[...this.#held].map(([chain, at]) =>
              this.#check(`delivery ${chain}`, { at }, publication, "nothing delivered yet"),
            ),
          ]),
    ]
  }

  #check(name: string, { at, failure }: Outcome, patience: number, never: string): Readiness {
    if (failure !== undefined) return { name, ok: false, detail: failure }
    if (at === undefined) return { name, ok: false, detail: never }
    const age = Math.max(0, this.clock.now() - at)
    return { name, ok: age <= patience, detail: `${age} s ago` }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
