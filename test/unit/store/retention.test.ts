import { expect, it } from "vitest"
import { chainId } from "../../../aggregator/domain/caip.js"
import type { Delivery, DeliveryStatus } from "../../../aggregator/domain/ports.js"
import type { Database } from "../../../aggregator/store/database.js"
import { prune } from "../../../aggregator/store/retention.js"
import { sqlArchive } from "../../../aggregator/store/sql-archive.js"
import { sqlOutbox } from "../../../aggregator/store/sql-outbox.js"
import { attestationOf } from "../../support/attestation.js"
import { onEachDatabase } from "../../support/databases.js"
import { collateral, NOW, snapshotOf } from "../../support/snapshots.js"

const DAY = 86_400
const KEEP = { keepSnapshotsDays: 2, keepEpochsDays: 10 }
const SNAPSHOT = snapshotOf([collateral("USDC", "20000")])
const CHAIN = chainId("eip155:1")

onEachDatabase(open => {
  /** An epoch attested so many seconds ago, with a delivery in this state. */
  async function attested(epoch: bigint, age: number, status: DeliveryStatus = "DELIVERED"): Promise<void> {
    const attestation = attestationOf(1, epoch, NOW - age)
    await sqlArchive(open()).record(attestation, SNAPSHOT)
    const { root } = attestation
    const message = { emitterChain: 2, emitter: root, sequence: epoch, epoch, root, expiresAt: NOW - age + 60 }
    const row: Delivery = { chain: CHAIN, status, transaction: null, gasUsed: null, fee: null, reason: null }
    await sqlOutbox(open()).put(message, [row])
  }

  const epochsIn = async (table: "epochs" | "snapshots" | "outbox" | "deliveries") =>
    (await open().selectFrom(table).select("epoch").orderBy("epoch").execute()).map(each => each.epoch)
  const everything = async () => ({
    epochs: await epochsIn("epochs"),
    snapshots: await epochsIn("snapshots"),
    outbox: await epochsIn("outbox"),
    deliveries: await epochsIn("deliveries"),
  })

  it("drops snapshots before the epochs they belong to, each at its own age and not a second earlier", async () => {
    await attested(1n, 10 * DAY + 1)
    await attested(2n, 10 * DAY)
    await attested(3n, 2 * DAY + 1)
    await attested(4n, 2 * DAY)
    await attested(5n, 0)
    await prune(open(), KEEP, NOW)
    const kept = [2n, 3n, 4n, 5n]
    expect(await everything()).toEqual({ epochs: kept, snapshots: [4n, 5n], outbox: kept, deliveries: kept })
  })

  it("drops a part of a snapshot with the last epoch that it belongs to", async () => {
    const archive = sqlArchive(open())
    const other = snapshotOf([collateral("USDC", "1")])
    for (const [epoch, age, snapshot] of [
      [1n, 5 * DAY, SNAPSHOT],
      [2n, 4 * DAY, other],
      [3n, 1, { ...SNAPSHOT, valuationTime: NOW - 1 }],
    ] as const)
      await archive.record(attestationOf(1, epoch, NOW - age), snapshot)
    await prune(open(), KEEP, NOW)
    expect(await open().selectFrom("snapshot_parts").select("newest").execute()).toEqual([{ newest: 3n }])
    expect((await archive.snapshot(3n))?.accounts).toEqual(SNAPSHOT.accounts)
  })

  it("keeps the newest epoch with its snapshot, however old", async () => {
    await attested(1n, 100 * DAY)
    await attested(2n, 99 * DAY)
    await prune(open(), KEEP, NOW)
    expect(await everything()).toEqual({ epochs: [2n], snapshots: [2n], outbox: [2n], deliveries: [2n] })
  })

  it("keeps an epoch that is still on its way, and drops it once it has arrived", async () => {
    await attested(1n, 100 * DAY, "PENDING")
    await attested(2n, 100 * DAY, "FAILED")
    await attested(3n, 0)
    await prune(open(), KEEP, NOW)
    expect(await everything()).toMatchObject({ epochs: [1n, 3n], outbox: [1n, 3n], deliveries: [1n, 3n] })
    expect((await sqlOutbox(open()).pending()).map(each => each.epoch)).toEqual([1n])

    const arrived: Delivery = {
      chain: CHAIN,
      status: "DELIVERED",
      transaction: "0x1",
      gasUsed: 1n,
      fee: 1n,
      reason: null,
    }
    await sqlOutbox(open()).record(1n, arrived)
    await prune(open(), KEEP, NOW)
    expect(await everything()).toMatchObject({ epochs: [3n], outbox: [3n], deliveries: [3n] })
  })

  it("drops nonces and remembered answers that have expired, and webhook events that are done with", async () => {
    const db = open()
    const [past, present] = [BigInt(NOW - 1), BigInt(NOW)]
    await db
      .insertInto("nonces")
      .values([
        { nonce: "past", expires_at: past },
        { nonce: "present", expires_at: present },
      ])
      .execute()
    const answer = { request: "POST /", status: 200, body: "{}" }
    await db
      .insertInto("idempotency")
      .values([
        { key: "past", ...answer, expires_at: past },
        { key: "present", ...answer, expires_at: present },
      ])
      .execute()
    await fillWebhookEvents(db)
    await prune(db, KEEP, NOW)
    expect(await db.selectFrom("nonces").select("nonce").execute()).toEqual([{ nonce: "present" }])
    expect(await db.selectFrom("idempotency").select("key").execute()).toEqual([{ key: "present" }])
    expect(await db.selectFrom("webhook_events").select("id").orderBy("id").execute()).toEqual([
      { id: "old and pending" },
      { id: "young and sent" },
    ])
  })

  it("has nothing to do in an empty database", async () => {
    await prune(open(), KEEP, NOW)
    expect(await everything()).toEqual({ epochs: [], snapshots: [], outbox: [], deliveries: [] })
  })
})

/** One webhook whose events are past the week that they are kept, or just within it. */
async function fillWebhookEvents(db: Database): Promise<void> {
  const created = BigInt(NOW)
  const hook = { id: "hook", url: "https://hook.example", secret: "whsec_", terms: "{}", created_at: created }
  await db.insertInto("webhooks").values(hook).execute()
  const event = (id: string, age: number, status: string) => {
    const at = BigInt(NOW - age)
    return { id, webhook: hook.id, body: "{}", created_at: at, due_at: at, status, attempts: 1, failure: null }
  }
  const rows = [
    event("old and sent", 7 * DAY + 1, "DELIVERED"),
    event("old and failed", 7 * DAY + 1, "FAILED"),
    event("old and pending", 7 * DAY + 1, "PENDING"),
    event("young and sent", 7 * DAY, "DELIVERED"),
  ]
  await db.insertInto("webhook_events").values(rows).execute()
}
