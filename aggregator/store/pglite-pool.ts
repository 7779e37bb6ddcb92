/**
 * PostgreSQL inside this process as Kysely's PostgreSQL dialect wants to see it: a pool, here of one connection.
 */
import type { PGlite } from "@electric-sql/pglite"
import type { PostgresPool, PostgresPoolClient } from "kysely"

/** Who connects waits for the one before to let go, so that a transaction is never mixed with another's statements. */
export function pglitePool(database: PGlite): PostgresPool {
  let free: Promise<void> = Promise.resolve()

  const query = async (statement: unknown, parameters: readonly unknown[] = []) => {
    if (typeof statement !== "string") throw new TypeError("PGlite has no cursors")
    const { command, rowCount, rows } = await database.query<object>(statement, [...parameters])
    return { command, rowCount, rows }
  }

  return {
    async connect() {
      const before = free
      let letGo = () => {}
      free = new Promise(resolve => {
        letGo = resolve
      })
      await before
      return { query, release: letGo } as PostgresPoolClient
    },
    end: () => database.close(),
  }
}
