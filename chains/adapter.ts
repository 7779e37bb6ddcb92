/**
 * The adapter contract. An adapter is a pure generator: it yields batches of reads and receives their results, so
 * dependent reads are just the next `yield`. The reader runs all adapters of a chain in step, merges what they
 * yield into few requests and keeps every read under one pin. An adapter does no I/O and knows no transport.
 */
import type { z } from "zod"
import type { AssetId } from "../aggregator/domain/caip.js"
import type {
  AddressReading,
  LegFault,
  OptionQuote,
  PriceDoubt,
  PriceObservation,
} from "../aggregator/domain/reading.js"

/** What one adapter contributes to a chain's reading. */
export interface AdapterReading {
  /** At most one entry an address; addresses without anything at this venue may be left out. */
  readonly addresses: readonly AddressReading[]
  readonly prices: readonly PriceObservation[]
  readonly quotes: readonly OptionQuote[]
  /** Why no price of this chain is to be used now. */
  readonly priceDoubt?: PriceDoubt
  /** Faults of the venue as a whole; what concerns one address is with that address. */
  readonly faults: readonly LegFault[]
  /**
   * Tokens that are receipts of what this venue counts (aTokens, vault shares, debt tokens): whatever an adapter
   * that `countsTokens` finds of these is left out, so that nothing counts beside what it redeems for.
   */
  readonly receipts?: readonly AssetId[]
}

/** What the merging of readings knows of an adapter. */
export interface ReadingSource {
  readonly venue: string
  /** Its legs are plain token balances, among which another venue's receipts may be. */
  readonly countsTokens?: boolean
}

/** Yields batches of reads, is resumed with one result a read in the same order, returns what it found. Never throws for one account's sake. */
export type ReadSteps<Read, Result> = Generator<readonly Read[], AdapterReading, readonly Result[]>

/** A venue as the registry lists it: its name, the schema of its settings in a chain's configuration, and how to build it. */
export interface AdapterDefinition<Schema extends z.ZodType, Chain, Adapter> {
  readonly name: string
  readonly settings: Schema
  /** It never reports a debt or a position: what it cannot read counts nothing. Any other adapter has to fail closed. */
  readonly assetsOnly?: boolean
  /**
   * The contracts or programs whose holdings an entry with these settings counts: a second entry of a chain must not count
   * one of them again. Absent: no two entries with the same settings.
   */
  counts?(settings: z.output<Schema>): readonly string[]
  create(settings: z.output<Schema>, chain: Chain): Adapter
}
