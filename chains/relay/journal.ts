/**
 * An outbox in one file that only grows: each change is a line that is on disk before anything is sent, so that a
 * process can be killed at any moment. A last line without its end was never promised to anybody and is dropped.
 */
import { type FileHandle, open, readFile, rename } from "node:fs/promises"
import { z } from "zod"
import { chainId } from "../../aggregator/domain/caip.js"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import type { OutboundMessage, Outbox } from "../../aggregator/domain/outbox.js"
import type { Delivery } from "../../aggregator/domain/ports.js"
import { memoryOutbox } from "./outbox.js"

export interface Journal extends Outbox {
  close(): Promise<void>
}

/** A whole line that is none of ours: the file was changed by somebody else. */
export class JournalCorruptError extends PlimsollError {
  readonly code = "JOURNAL_CORRUPT"
  constructor(
    readonly file: string,
    readonly line: number,
  ) {
    super(`${file}, line ${line}, is no entry of a relay's journal; move the file away to begin anew`)
  }
}

const integer = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform(BigInt)
const bytes32 = z.custom<`0x${string}`>(text => typeof text === "string" && /^0x[0-9a-f]{64}$/.test(text))
const message = z.object({
  emitterChain: z.int(),
  emitter: bytes32,
  sequence: integer,
  epoch: integer,
  root: bytes32,
  expiresAt: z.int(),
}) satisfies z.ZodType<OutboundMessage>
const delivery = z.object({
  chain: z.string().transform(chainId),
  status: z.enum(["PENDING", "DELIVERED", "FAILED", "SUPERSEDED"]),
  transaction: z.string().nullable(),
  gasUsed: integer.nullable(),
  fee: integer.nullable(),
  reason: z.string().nullable(),
}) satisfies z.ZodType<Delivery>
const lineSchema = z.union([
  z.object({ put: message, deliveries: z.array(delivery) }),
  z.object({ record: integer, delivery }),
])
type Change =
  | { readonly put: OutboundMessage; readonly deliveries: readonly Delivery[] }
  | { readonly record: bigint; readonly delivery: Delivery }

/** Changes after which the file is written anew with only what is kept. */
const CHANGES_PER_REWRITE = 50_000

const lineOf = (change: Change): string =>
  `${JSON.stringify(change, (_, value) => (typeof value === "bigint" ? String(value) : value))}\n`

/**
 * Opens a journal, making it if need be; one process at a time.
 *
 * @throws JournalCorruptError naming the line; what the file system throws.
 */
export async function openJournal(file: string): Promise<Journal> {
  const kept = memoryOutbox()
  for (const change of changesIn(file, await textOf(file))) await apply(change)
  let handle = await rewritten()
  let changes = 0
  let last: Promise<unknown> = Promise.resolve()

  function apply(change: Change): Promise<void> {
    return "put" in change ? kept.put(change.put, change.deliveries) : kept.record(change.record, change.delivery)
  }

  /** What is kept as a new file in the old one's place, whole or not at all. */
  async function rewritten(): Promise<FileHandle> {
    const fresh = `${file}.new`
    const written = await open(fresh, "w")
    for (const entry of kept.entries())
      await written.write(lineOf({ put: entry.message, deliveries: entry.deliveries }))
    await written.datasync()
    await rename(fresh, file)
    return written
  }

  /** On disk first, then true. */
  function write(change: Change): Promise<void> {
    const turn = last.then(async () => {
      await handle.write(lineOf(change))
      await handle.datasync()
      await apply(change)
      if (++changes < CHANGES_PER_REWRITE) return
      const old = handle
      handle = await rewritten()
      changes = 0
      await old.close()
    })
    // A failed write is its caller's business.
    last = turn.catch(() => undefined)
    return turn
  }

  return {
    ...kept,
    async put(put, deliveries) {
      if ((await kept.deliveries(put.epoch)).length === 0) await write({ put, deliveries })
    },
    record: (record, row) => write({ record, delivery: row }),
    close: async () => {
      await last
      await handle.close()
    },
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return ""
    throw error
  }
}

function changesIn(file: string, text: string): readonly Change[] {
  const lines = text.split("\n").slice(0, -1)
  return lines.map((line, index) => {
    const parsed = lineSchema.safeParse(parsedJson(line))
    if (!parsed.success) throw new JournalCorruptError(file, index + 1)
    return parsed.data
  })
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
