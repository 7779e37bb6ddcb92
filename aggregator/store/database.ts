/**
 * Opens the database: PostgreSQL where an address is given, otherwise PostgreSQL inside this process, in a folder or in
 * memory. One service at a time: a second one on the same data is refused.
 */
import { PGlite } from "@electric-sql/pglite"
import { Kysely, type MigrationProvider, Migrator, PostgresDialect, type PostgresPool } from "kysely"
import pg from "pg"
import { PlimsollError } from "../domain/errors.js"
import { lockFolder, StoreInUseError } from "./folder-lock.js"
import { migrations } from "./migrations.js"
import { pglitePool } from "./pglite-pool.js"
import type { Tables } from "./tables.js"

export type Database = Kysely<Tables>

/** Where the data lives. */
export type Place =
  | { readonly kind: "memory" }
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "postgres"; readonly url: string }

export interface OpenDatabase {
  readonly db: Database
  /** Lets go of everything; the data stays. */
  close(): Promise<void>
}

export class StoreUnavailableError extends PlimsollError {
  readonly code = "STORE_UNAVAILABLE"
  constructor(place: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`${place} cannot be opened: ${why}`, { cause })
  }
}

/** Any number that nobody else locks: who holds it is the one service of a PostgreSQL database. */
const SERVICE_LOCK = 7_061_696_901
const CONNECT_TIMEOUT_MS = 10_000
const CONNECTIONS = 8
const INT8 = 20
const BYTEA = 17
/** PGlite's own take a call a byte, which at megabytes an epoch is felt. */
const bytesAsHex = {
  write: (bytes: Uint8Array) => `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`,
  read: (text: string) => Buffer.from(text.slice(2), "hex"),
}

/**
 * Opens the place and brings its tables up to date.
 *
 * @param steps how the tables came to be; fewer of them open it as an earlier version did.
 * @throws StoreInUseError when another service has it; StoreUnavailableError when it cannot be opened.
 */
export async function openDatabase(place: Place, steps: MigrationProvider = migrations): Promise<OpenDatabase> {
  const { pool, unlock } = place.kind === "postgres" ? await openPostgres(place.url) : await openEmbedded(place)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  const close = async () => {
    await db.destroy()
    await unlock()
  }
  const { error } = await new Migrator({ db, provider: steps }).migrateToLatest()
  if (error === undefined) return { db, close }
  await close()
  throw new StoreUnavailableError("the tables", error)
}

interface OpenPool {
  readonly pool: PostgresPool
  unlock(): Promise<void>
}

async function openEmbedded(place: Exclude<Place, { kind: "postgres" }>): Promise<OpenPool> {
  const unlock = place.kind === "folder" ? await lockFolder(place.folder) : async () => {}
  try {
    const options = {
      parsers: { [INT8]: BigInt, [BYTEA]: bytesAsHex.read },
      serializers: { [BYTEA]: bytesAsHex.write },
    }
    return {
      pool: pglitePool(await PGlite.create(place.kind === "folder" ? `${place.folder}/pg` : undefined, options)),
      unlock,
    }
  } catch (error) {
    await unlock()
    throw new StoreUnavailableError(place.kind === "folder" ? `the data folder ${place.folder}` : "memory", error)
  }
}

async function openPostgres(url: string): Promise<OpenPool> {
  const types = {
    getTypeParser: (oid: number, format?: "text" | "binary") =>
      oid === INT8 ? BigInt : pg.types.getTypeParser(oid, format),
  }
  const place = nameOf(url)
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: types as pg.CustomTypesConfig,
  })
  // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
  pool.on("error", () => {})
  const holder = await pool.connect().catch(async (error: unknown) => {
    await pool.end()
    throw new StoreUnavailableError(place, error)
  })
  holder.on("error", () => {})
  const { rows } = await holder.query("select pg_try_advisory_lock($1) as held", [SERVICE_LOCK])
  if (rows[0]?.held !== true) {
    holder.release()
    await pool.end()
    throw new StoreInUseError(place)
  }
  // Ending the pool waits for every connection to be given back: the lock's goes first.
  const end = pool.end.bind(pool)
  return {
    pool: {
      connect: () => pool.connect(),
      end: async () => {
        holder.release(true)
        await end()
      },
    },
    unlock: async () => {},
  }
}

/** A database's address without what it must not tell: user, password and options. */
function nameOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  return parsed ? `the database ${parsed.pathname.slice(1)} on ${parsed.host || "this machine"}` : "the database"
}
