import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { chainId } from "../../../aggregator/domain/caip.js"
import type { OutboundMessage, Outbox } from "../../../aggregator/domain/outbox.js"
import type { Delivery, DeliveryStatus } from "../../../aggregator/domain/ports.js"
import { sqlOutbox } from "../../../aggregator/store/sql-outbox.js"
import { type Journal, openJournal } from "../../../chains/relay/journal.js"
import { memoryOutbox } from "../../../chains/relay/outbox.js"
import { onEachDatabase } from "../../support/databases.js"

const [ONE, TWO, THREE] = [chainId("eip155:1"), chainId("eip155:2"), chainId("solana:x")]
const BYTES = `0x${"0a".repeat(32)}` as const
const message = (epoch: bigint): OutboundMessage => ({
  emitterChain: 2,
  emitter: BYTES,
  sequence: 2n ** 60n + epoch,
  epoch,
  root: BYTES,
  expiresAt: 1_760_000_060,
})
const row = (chain: Delivery["chain"], status: DeliveryStatus = "PENDING"): Delivery => ({
  chain,
  status,
  transaction: status === "DELIVERED" ? "0x2" : null,
  gasUsed: status === "DELIVERED" ? 10n ** 20n : null,
  fee: status === "DELIVERED" ? 10n ** 19n : null,
  reason: status === "DELIVERED" ? null : "waiting",
})

function carries(outbox: () => Outbox): void {
  it("gives pending messages oldest first, each as it was put", async () => {
    for (const epoch of [1n, 2n, 3n]) await outbox().put(message(epoch), [row(ONE), row(TWO)])
    for (const chain of [ONE, TWO]) await outbox().record(2n, row(chain, "DELIVERED"))
    await outbox().record(3n, row(ONE, "FAILED"))
    expect(await outbox().pending()).toEqual([message(1n), message(3n)])
  })

  it("keeps one row a chain, the last word of each", async () => {
    await outbox().put(message(1n), [row(ONE), row(TWO)])
    await outbox().record(1n, row(TWO, "DELIVERED"))
    expect(await outbox().deliveries(1n)).toEqual([row(ONE), row(TWO, "DELIVERED")])
  })

  it("takes a row of a chain that was added since", async () => {
    await outbox().put(message(1n), [row(ONE)])
    await outbox().record(1n, row(THREE, "DELIVERED"))
    expect(await outbox().deliveries(1n)).toEqual([row(ONE), row(THREE, "DELIVERED")])
  })

  it("leaves an epoch as it is that is put again", async () => {
    await outbox().put(message(1n), [row(ONE)])
    await outbox().record(1n, row(ONE, "DELIVERED"))
    await outbox().put(message(1n), [row(ONE), row(TWO)])
    expect(await outbox().deliveries(1n)).toEqual([row(ONE, "DELIVERED")])
  })

  it("has the newest message, whatever became of it and in whatever order they came", async () => {
    expect(await outbox().newest()).toBeUndefined()
    for (const epoch of [2n, 3n, 1n]) await outbox().put(message(epoch), [row(ONE)])
    await outbox().record(3n, row(ONE, "DELIVERED"))
    expect(await outbox().newest()).toEqual(message(3n))
    expect(await outbox().pending()).toEqual([message(1n), message(2n)])
  })

  it("adds up what was paid on one chain for messages that expire after a time", async () => {
    const { expiresAt } = message(1n)
    for (const epoch of [1n, 2n, 3n]) {
      await outbox().put({ ...message(epoch), expiresAt: expiresAt + Number(epoch) }, [row(ONE), row(TWO)])
      await outbox().record(epoch, { ...row(ONE, "DELIVERED"), fee: 10n ** 19n + epoch })
    }
    await outbox().record(3n, { ...row(ONE), fee: null })
    expect(await outbox().spent(ONE, expiresAt)).toBe(2n * 10n ** 19n + 3n)
    expect(await outbox().spent(ONE, expiresAt + 1)).toBe(10n ** 19n + 2n)
    expect(await outbox().spent(TWO, 0)).toBe(0n)
    expect(await outbox().spent(THREE, 0)).toBe(0n)
  })

  it("knows nothing of an epoch that was never put", async () => {
    await outbox().record(7n, row(ONE, "DELIVERED"))
    expect([await outbox().deliveries(7n), await outbox().pending()]).toEqual([[], []])
  })
}

describe("the outbox in memory", () => {
  let outbox: Outbox
  beforeEach(() => {
    outbox = memoryOutbox()
  })
  carries(() => outbox)
})

describe("the outbox in a journal", () => {
  let folder: string
  let journal: Journal
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "plimsoll-"))
    journal = await openJournal(join(folder, "journal"))
  })
  afterEach(async () => {
    await journal.close()
    await rm(folder, { recursive: true })
  })
  carries(() => journal)
})

describe("the outbox in SQL", () => onEachDatabase(db => carries(() => sqlOutbox(db()))))
