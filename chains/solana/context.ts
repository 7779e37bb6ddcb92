/**
 * Solana has no reads at a past block: each answer names the slot that it was taken at, and a pass keeps the range of
 * those slots. Asking with `minContextSlot` keeps the range from reaching back; whoever ignores that is caught here.
 */
import { z } from "zod"
import { ChainFault } from "../chain-fault.js"

export type SolanaCommitment = "processed" | "confirmed" | "finalized"

const answerSchema = z.object({ context: z.object({ slot: z.int().nonnegative() }), value: z.unknown() })

export class SlotRange {
  #oldest: number | undefined
  #newest = 0

  /**
   * @param floor the first answer has to be at least this new; it then sets the oldest slot of the range.
   * @param mostSkew slots that the newest answer may be ahead of the oldest.
   */
  constructor(
    readonly commitment: SolanaCommitment,
    readonly floor: number,
    readonly mostSkew: number,
  ) {}

  get oldest(): number {
    return this.#oldest ?? this.floor
  }

  get newest(): number {
    return Math.max(this.#newest, this.oldest)
  }

  /** What to send along with each read. */
  get config() {
    return { commitment: this.commitment, minContextSlot: this.oldest }
  }

  /**
   * Takes the value out of an answer and its slot into the range.
   *
   * @throws ChainFault DECODE when it is no answer with a slot; PIN_SKEW when the range does not hold it.
   */
  admit(method: string, result: unknown): unknown {
    const { data: answer } = answerSchema.safeParse(result)
    if (!answer) throw new ChainFault("DECODE", `${method} did not return a value with its slot`)
    const { slot } = answer.context
    if (slot < this.oldest) throw skew(`${method} answered at slot ${slot}, before ${this.oldest}`)
    this.#oldest ??= slot
    if (slot - this.#oldest > this.mostSkew) throw skew(`slots ${this.#oldest} to ${slot} are too far apart`)
    this.#newest = Math.max(this.#newest, slot)
    return answer.value
  }
}

const skew = (detail: string) => new ChainFault("PIN_SKEW", detail)
