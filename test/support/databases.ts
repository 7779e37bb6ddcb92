/**
 * The databases that storage is tested on: the embedded one always, PostgreSQL where `TEST_DATABASE_URL` names a server
 * (`.ci/with-postgres COMMAND` starts a private one). Each file of tests gets a database of its own.
 */
import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql } from "kysely"
import pg from "pg"
import { afterAll, beforeAll, beforeEach, describe } from "vitest"
import { type Database, type OpenDatabase, openDatabase, type Place } from "../../aggregator/store/database.js"

export interface Scratch {
  readonly place: Place
  remove(): Promise<void>
}

const SERVER = process.env.TEST_DATABASE_URL

const KINDS: Readonly<Record<string, (() => Promise<Scratch>) | undefined>> = {
  PGlite: scratchFolder,
  PostgreSQL: SERVER === undefined ? undefined : () => scratchDatabase(SERVER),
}

/** Runs the tests once on each kind of database, with a place that nobody else uses. */
export function onEachPlace(tests: (make: () => Promise<Scratch>) => void): void {
  for (const [kind, make] of Object.entries(KINDS)) {
    if (make) describe(kind, () => tests(make))
    else leaveOut(kind)
  }
}

/** Runs the tests once on each kind of database, with open and empty tables before each test. */
export function onEachDatabase(tests: (open: () => Database) => void): void {
  onEachPlace(make => {
    let scratch: Scratch
    let opened: OpenDatabase
    beforeAll(async () => {
      scratch = await make()
      opened = await openDatabase(scratch.place)
    })
    beforeEach(() => emptied(opened.db))
    afterAll(async () => {
      await opened.close()
      await scratch.remove()
    })
    tests(() => opened.db)
  })
}

function leaveOut(kind: string): void {
  console.warn(`left out on ${kind}: TEST_DATABASE_URL names no server (.ci/with-postgres npm test starts one)`)
  describe.skip(`${kind} (TEST_DATABASE_URL names no server)`, () => {})
}

async function emptied(db: Database): Promise<void> {
  const tables = await db.introspection.getTables()
  const ours = tables.filter(each => !each.name.startsWith("kysely_")).map(each => sql.table(each.name))
  await sql`truncate ${sql.join(ours)} cascade`.execute(db)
}

export async function scratchFolder(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), "plimsoll-"))
  return { place: { kind: "folder", folder }, remove: () => rm(folder, { recursive: true, force: true }) }
}

async function scratchDatabase(server: string): Promise<Scratch> {
  const name = `test_${randomBytes(8).toString("hex")}`
  const url = new URL(server)
  url.pathname = `/${name}`
  await administered(server, `create database ${name}`)
  return {
    place: { kind: "postgres", url: url.href },
    remove: () => administered(server, `drop database ${name} with (force)`),
  }
}

async function administered(server: string, statement: string): Promise<void> {
  const client = new pg.Client(server)
  await client.connect()
  await client.query(statement)
  await client.end()
}
