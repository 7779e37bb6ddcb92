/**
 * How the tables came to be, step by step; the same steps on PGlite and on PostgreSQL. A step that has shipped never changes.
 */
import { type Kysely, type Migration, type MigrationProvider, sql } from "kysely"

const first: Migration = {
  async up(db: Kysely<unknown>) {
    const statements = [
      sql`create table accounts (id text primary key, created_at bigint not null, closed_at bigint)`,
      sql`create table links (
        address text primary key,
        account text not null references accounts (id),
        linked_at bigint not null,
        proof text not null
      )`,
      sql`create index links_of_account on links (account)`,
      sql`create table nonces (nonce text primary key, expires_at bigint not null)`,
      sql`create table epochs (
        epoch bigint primary key,
        attested_at bigint not null,
        root text not null,
        attestation bytea not null,
        publication text,
        vaa bytea
      )`,
      sql`create table snapshots (
        epoch bigint primary key references epochs (epoch) on delete cascade,
        taken_at bigint not null,
        assessment bytea not null
      )`,
      sql`create table outbox (epoch bigint primary key, message text not null)`,
      sql`create table deliveries (
        epoch bigint not null references outbox (epoch) on delete cascade,
        chain text not null,
        status text not null,
        delivery text not null,
        primary key (epoch, chain)
      )`,
      sql`create index pending_deliveries on deliveries (epoch) where status = 'PENDING'`,
      sql`create table idempotency (
        key text primary key,
        request text not null,
        status integer not null,
        body text not null,
        expires_at bigint not null
      )`,
    ]
    for (const statement of statements) await statement.execute(db)
  },
}

const webhooks: Migration = {
  async up(db: Kysely<unknown>) {
    const statements = [
      sql`create table webhooks (
        id text primary key,
        url text not null,
        secret text not null,
        terms text not null,
        created_at bigint not null
      )`,
      sql`create table webhook_watches (
        webhook text not null references webhooks (id) on delete cascade,
        account text not null,
        watch text not null,
        primary key (webhook, account)
      )`,
      sql`create table webhook_events (
        id text primary key,
        webhook text not null references webhooks (id) on delete cascade,
        body text not null,
        created_at bigint not null,
        due_at bigint not null,
        status text not null,
        attempts integer not null,
        failure text
      )`,
      sql`create index due_webhook_events on webhook_events (webhook, due_at) where status = 'PENDING'`,
    ]
    for (const statement of statements) await statement.execute(db)
  },
}

const snapshotParts: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create table snapshot_parts (name text primary key, bytes bytea not null, newest bigint not null)`.execute(
      db,
    )
    await sql`create index snapshot_parts_by_age on snapshot_parts (newest)`.execute(db)
  },
}

const ownedWebhooks: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table webhooks
      add column account text,
      add column opened_by text,
      add column revision integer not null default 0`.execute(db)
    await sql`create index webhooks_of_account on webhooks (account)`.execute(db)
  },
}

/** `part_count` null: the attestation's column holds the leaves too. `exposure` null: the part's accounts tell. */
const leafParts: Migration = {
  async up(db: Kysely<unknown>) {
    const statements = [
      sql`alter table epochs add column part_count integer`,
      // Renewed with every epoch: room on each page lets a row be rewritten in place.
      sql`create table leaf_seats (name text primary key, bytes bytea not null, newest bigint not null)
        with (fillfactor = 50)`,
      sql`create table leaf_parts (
        epoch bigint not null references epochs (epoch) on delete cascade,
        part integer not null,
        seats text not null,
        figures bytea not null,
        primary key (epoch, part)
      )`,
      // Compressed already.
      sql`alter table leaf_seats alter column bytes set storage external`,
      sql`alter table leaf_parts alter column figures set storage external`,
      sql`alter table snapshot_parts add column exposure bytea`,
    ]
    for (const statement of statements) await statement.execute(db)
  },
}

/** In the order of their names. */
export const migrations: MigrationProvider = {
  getMigrations: async () => ({
    "0001-tables": first,
    "0002-webhooks": webhooks,
    "0003-snapshot-parts": snapshotParts,
    "0004-owned-webhooks": ownedWebhooks,
    "0005-leaf-parts": leafParts,
  }),
}
