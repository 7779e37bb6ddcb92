import { PGlite } from "@electric-sql/pglite"
import { Kysely, Migrator, PostgresDialect, sql } from "kysely"
import { expect, it } from "vitest"
import { migrations } from "../../../aggregator/store/migrations.js"
import { pglitePool } from "../../../aggregator/store/pglite-pool.js"
import type { Tables } from "../../../aggregator/store/tables.js"
import { webhookStore } from "../../../aggregator/store/webhooks.js"

it("leaves webhooks from before owners had any to the operator, as they were", async () => {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pglitePool(await PGlite.create()) }) })
  const migrator = new Migrator({ db, provider: migrations })
  expect((await migrator.migrateTo("0003-snapshot-parts")).error).toBeUndefined()
  const terms = { accounts: ["alice"], statusChange: true, health: null, cooldownSeconds: 60 }
  await sql`insert into webhooks (id, url, secret, terms, created_at)
    values ('wh_1', 'https://alerts.example/', 'whsec_', ${JSON.stringify(terms)}, 7)`.execute(db)
  expect((await migrator.migrateToLatest()).error).toBeUndefined()

  const store = webhookStore(db)
  const kept = { id: "wh_1", url: "https://alerts.example/", secret: "whsec_", terms, createdAt: 7 }
  expect(await store.all()).toEqual([{ ...kept, pending: 0, failed: 0, lastFailure: null }])
  await store.put({ id: "wh_1", revision: 0 }, [{ id: "evt_1", body: "{}" }], new Map(), 7)
  const choice = { most: 1, ofEach: 1, except: [] }
  expect(await store.due(7, { ...choice, whose: "owners" })).toEqual([])
  expect(await store.due(7, { ...choice, whose: "operator" })).toMatchObject([{ id: "evt_1", webhook: "wh_1" }])
  await db.destroy()
})
