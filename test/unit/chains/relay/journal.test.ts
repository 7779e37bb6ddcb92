import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { chainId } from "../../../../aggregator/domain/caip.js"
import type { Delivery } from "../../../../aggregator/domain/ports.js"
import { JournalCorruptError, openJournal } from "../../../../chains/relay/journal.js"
import { pending } from "../../../../chains/relay/target.js"

const CHAIN = chainId("eip155:1")
const BYTES = `0x${"0a".repeat(32)}` as const
const message = (epoch: bigint) => ({
  emitterChain: 2,
  emitter: BYTES,
  sequence: epoch,
  epoch,
  root: BYTES,
  expiresAt: 1_760_000_000,
})
const waiting = pending(CHAIN, 'waiting, "quoted"\nand on two lines')
const delivered: Delivery = {
  ...pending(CHAIN, ""),
  status: "DELIVERED",
  transaction: "0x2",
  gasUsed: 3n,
  fee: 10n ** 20n,
}

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-"))
  file = join(folder, "journal")
})
afterEach(() => rm(folder, { recursive: true }))

/** Opens, works and closes. */
async function within<T>(work: (journal: Awaited<ReturnType<typeof openJournal>>) => Promise<T>): Promise<T> {
  const journal = await openJournal(file)
  try {
    return await work(journal)
  } finally {
    await journal.close()
  }
}

describe("a relay's journal", () => {
  it("has everything again when it is opened again", async () => {
    await within(async journal => {
      for (const epoch of [1n, 2n]) await journal.put(message(epoch), [waiting])
      await journal.record(1n, delivered)
    })
    await within(async journal => {
      expect(await journal.pending()).toEqual([message(2n)])
      expect(await journal.deliveries(1n)).toEqual([delivered])
      expect(await journal.deliveries(2n)).toEqual([waiting])
      await journal.record(2n, delivered)
    })
    expect(await within(journal => journal.pending())).toEqual([])
    expect(await within(journal => journal.newest())).toEqual(message(2n))
  })

  it("is on disk before a write resolves", async () => {
    await within(async journal => {
      await journal.put(message(1n), [waiting])
      expect(await readFile(file, "utf8")).toContain('"epoch":"1"')
    })
  })

  it("keeps the order of writes that are asked for at the same moment", async () => {
    await within(async journal => {
      await journal.put(message(1n), [waiting])
      await Promise.all(Array.from({ length: 20 }, (_, i) => journal.record(1n, { ...waiting, reason: String(i) })))
    })
    expect(await within(journal => journal.deliveries(1n))).toMatchObject([{ reason: "19" }])
  })

  it("drops a last line that was cut off, at whatever byte, and loses nothing before it", async () => {
    await within(async journal => {
      await journal.put(message(1n), [waiting])
    })
    const whole = (await readFile(file)).length
    await within(journal => journal.record(1n, delivered))
    const all = await readFile(file)
    for (let length = whole; length < all.length; length += 7) {
      await writeFile(file, all)
      await truncate(file, length)
      expect(await within(journal => journal.deliveries(1n))).toEqual([waiting])
    }
  })

  it.each(["{}", "not json", '{"put":1}', '{"record":"1","delivery":{"chain":"eip155:1"}}'])(
    "names the line of what is no entry: %s",
    async line => {
      await within(journal => journal.put(message(1n), [waiting]))
      await appendFile(file, `${line}\n`)
      const opened = openJournal(file)
      await expect(opened).rejects.toThrow(JournalCorruptError)
      await expect(opened).rejects.toMatchObject({ line: 2 })
    },
  )
})
