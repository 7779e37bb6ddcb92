/**
 * A snapshot as one canonical byte string, format `plimsoll/snapshot/1`: what is hashed is what is published.
 * One schema writes and reads it; docs/snapshot.md describes it for those who write their own.
 */
import { z } from "zod"
import { address, assetId, chainId } from "../domain/caip.js"
import { price, quantity, type Ratio, ratio, type Usd, usd } from "../domain/fixed.js"
import type { Dissent } from "../domain/reading.js"
import type { AccountSnapshot, Snapshot } from "../domain/snapshot.js"
import { canonicalDocument, fixed, id, integer, list } from "./canonical-document.js"
import { canonicalWriter } from "./canonical-writer.js"

const SNAPSHOT_FORMAT = "plimsoll/snapshot/1"

const amount = fixed(quantity)
const dollars = fixed(usd)
const dollarsPerUnit = fixed(price)
const plainRatio = fixed(ratio)
/** The brand is the name's business: written, both are the same number. */
const dollarsOrRatio = fixed((raw): Usd | Ratio => usd(raw))
const seconds = z.int()
const chain = id(chainId)
const asset = id(assetId)

const inputGrade = z.enum(["single", "quorum", "query"])
const finality = z.enum(["latest", "safe", "finalized", "processed", "confirmed"])
const pinned = { chain, timestamp: seconds, finality, inputGrade, blockHash: z.string() }
const pin = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("evm"), ...pinned, blockNumber: integer }),
  z.object({ kind: z.literal("solana"), ...pinned, minSlot: integer, maxSlot: integer }),
])

/** Codes are plain text here: a reader of an epoch need not know every fault that a later version can name. */
const code = <Code extends string>() => z.custom<Code>(value => typeof value === "string" && /^[A-Z0-9_]+$/.test(value))
const fault = z.object({
  code: code<Snapshot["accounts"][number]["faults"][number]["code"]>(),
  venue: z.string(),
  unknown: z.enum(["asset", "liability", "position"]),
  detail: z.string(),
})

const optionInstrument = z.object({
  kind: z.literal("option"),
  underlying: z.string(),
  expiry: seconds,
  strike: dollarsPerUnit,
  right: z.enum(["call", "put"]),
})
const held = { chain, venue: z.string() }
const position = { ...held, quantity: amount, positionId: z.string() }
const holding = { ...held, asset, symbol: z.string(), amount }
const leg = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("collateral"), ...holding }),
  z.object({ kind: z.literal("debt"), ...holding }),
  z.object({
    kind: z.literal("option"),
    ...position,
    instrument: optionInstrument,
    state: z.enum(["active", "expired"]),
  }),
  z.object({
    kind: z.literal("perp"),
    ...position,
    instrument: z.object({ kind: z.literal("perpetual"), underlying: z.string() }),
    unsettled: dollars,
  }),
  z.object({
    kind: z.literal("future"),
    ...position,
    instrument: z.object({ kind: z.literal("future"), underlying: z.string(), expiry: seconds }),
    unsettled: dollars,
  }),
])

const account = z.object({
  id: z.string(),
  addresses: list(id(address)),
  legs: list(leg),
  faults: list(fault),
  unread: list(z.object({ address: id(address), lastSeen: z.enum(["assets", "liabilities", "never"]) })),
  native: list(z.object({ venue: z.string(), name: z.string(), native: dollarsOrRatio, recomputed: dollarsOrRatio })),
})

const chainState = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("ok"),
    chain,
    pin,
    faults: list(fault),
    dissents: list(
      z.object({ endpoint: z.string(), code: code<Dissent["code"]>(), detail: z.string() }),
    ).exactOptional(),
  }),
  z.object({
    status: z.literal("unavailable"),
    chain,
    code: code<Extract<Snapshot["chains"][number], { status: "unavailable" }>["code"]>(),
    detail: z.string(),
  }),
])

const DOUBTS = ["PRICE_SEQUENCER", "PRICE_UNAVAILABLE"] as const
const rejected = list(
  z.object({
    source: z.string(),
    code: z.enum(["PRICE_INVALID", "PRICE_STALE", "PRICE_WIDE", "PRICE_DEVIATES", "PRICE_VELOCITY", ...DOUBTS]),
    detail: z.string(),
  }),
)
const observed = { symbol: z.string(), price: dollarsPerUnit, confidence: dollarsPerUnit, publishTime: seconds }
const doubt = z.object({ code: z.enum(DOUBTS), detail: z.string() }).exactOptional()
const marketPrice = z.discriminatedUnion("status", [
  z.object({ status: z.literal("ok"), ...observed, sources: list(z.string()), rejected }),
  z.object({ status: z.literal("unavailable"), symbol: z.string(), rejected }),
])

const snapshotSchema = z.object({
  valuationTime: seconds,
  chains: list(chainState),
  accounts: list(account),
  observations: list(z.object({ ...observed, source: z.string(), doubt })),
  lastPrices: list(z.object({ symbol: z.string(), price: dollarsPerUnit, publishTime: seconds })),
  prices: list(marketPrice),
  quotes: list(z.object({ instrument: optionInstrument, venue: z.string(), volatility: plainRatio, rate: plainRatio })),
}) satisfies z.ZodType<Snapshot>

const document = canonicalDocument(SNAPSHOT_FORMAT, snapshotSchema)

/** The canonical text of a snapshot: its UTF-8 bytes are what the header's `snapshotHash` commits to. */
export const encodeSnapshot = (snapshot: Snapshot): string => document.encode(snapshot)

/**
 * Reads a published snapshot; only the very text that `encodeSnapshot` writes is one.
 *
 * @throws InvalidInputError naming every wrong field, or that the text is not canonical.
 */
export const decodeSnapshot = (text: string): Snapshot => document.decode(text)

/** An account as the canonical text has it. */
export const accountText: (account: AccountSnapshot) => string = canonicalWriter(account)

/** What comes before the first account: by their names, accounts are the text's first member. */
export const BEFORE_ACCOUNTS = '{"accounts":['

const NOTHING: Snapshot = {
  valuationTime: 0,
  chains: [],
  accounts: [],
  observations: [],
  lastPrices: [],
  prices: [],
  quotes: [],
}

/**
 * Reads accounts out of the middle of a canonical text: some of `accountText` with commas between them and maybe before.
 *
 * @throws InvalidInputError like `decodeSnapshot`.
 */
export const decodeAccounts = (text: string): readonly AccountSnapshot[] =>
  decodeSnapshot(BEFORE_ACCOUNTS + text.replace(/^,/, "") + textAfterAccounts(NOTHING)).accounts

/** What comes after the last account. */
export const textAfterAccounts = (snapshot: Snapshot): string =>
  encodeSnapshot({ ...snapshot, accounts: [] }).slice(BEFORE_ACCOUNTS.length)
