/**
 * The recent blocks of the local Solana: slots may be skipped, time never goes back, old blocks are dropped.
 */
import { createHash } from "node:crypto"
import { encodeBase58 } from "../../solana/base58.js"

export interface Block {
  readonly slot: number
  readonly parentSlot: number
  readonly height: number
  readonly blockhash: string
  /** Unix seconds. */
  readonly time: number
}

/** A blockhash is accepted for this many blocks, as on the real network. */
export const BLOCKHASH_VALIDITY = 150
const RETAINED_BLOCKS = 600

export class BlockHistory {
  readonly #blocks: Block[] = []
  /** Seconds by which the ledger's clock is ahead of the wall clock. */
  #ahead = 0

  /** @param fork tells apart the blocks of two histories of one cluster at the same slots. */
  constructor(
    readonly genesisHash: string,
    readonly fork = "",
  ) {}

  get head(): Block {
    return this.behind(0)
  }

  /** The oldest slot that can still be asked for. */
  get oldestSlot(): number {
    return this.#blocks[0]?.slot ?? 0
  }

  /** @throws RangeError when that block is no longer kept. */
  behind(lag: number): Block {
    const block = this.#blocks.at(-1 - lag)
    if (block === undefined) throw new RangeError(`no block ${lag} behind the head is kept`)
    return block
  }

  /** `undefined` for a slot that was skipped, is still to come or is no longer kept. */
  find(slot: number): Block | undefined {
    return this.#blocks.find(block => block.slot === slot)
  }

  /** Newest first. */
  newest(count: number): readonly Block[] {
    return this.#blocks.slice(-count).reverse()
  }

  isRecent(blockhash: string): boolean {
    return this.#blocks.slice(-BLOCKHASH_VALIDITY).some(block => block.blockhash === blockhash)
  }

  /** Lets time pass on top of the wall clock from the next block on. */
  wait(seconds: number): void {
    this.#ahead += seconds
  }

  /** @throws RangeError when the slot is not after the newest one. */
  open(slot: number): Block {
    const parent = this.#blocks.at(-1)
    if (parent && slot <= parent.slot) throw new RangeError(`slot ${slot} is not after ${parent.slot}`)
    const block = {
      slot,
      parentSlot: parent?.slot ?? slot,
      height: (parent?.height ?? -1) + 1,
      blockhash: encodeBase58(createHash("sha256").update(`${this.genesisHash}/${this.fork}${slot}`).digest()),
      time: Math.max(Math.floor(Date.now() / 1000) + this.#ahead, parent?.time ?? 0),
    }
    this.#blocks.push(block)
    if (this.#blocks.length > RETAINED_BLOCKS) this.#blocks.shift()
    return block
  }
}
