/**
 * How long a service takes to know 100,000 stored accounts, on the embedded database: `npm run bench -- storage`.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql } from "kysely"
import { openDatabase } from "../../aggregator/store/database.js"
import { AccountRegistry } from "../../aggregator/store/registry.js"

const ACCOUNTS = 100_000
const folder = await mkdtemp(join(tmpdir(), "plimsoll-"))
const place = { kind: "folder", folder } as const

const filled = await openDatabase(place)
await sql`insert into accounts select 'account-' || i, i, null from generate_series(1, ${ACCOUNTS}) i`.execute(
  filled.db,
)
await sql`insert into links select 'eip155:1:0x' || lpad(to_hex(i), 40, '0'), 'account-' || i, i, '[]'
  from generate_series(1, ${ACCOUNTS}) i`.execute(filled.db)
await filled.close()

const started = performance.now()
const { db, close } = await openDatabase(place)
const opened = performance.now()
const { accounts } = await AccountRegistry.open(db, [], { maxAccounts: ACCOUNTS, maxAddresses: 1 })
const read = performance.now()
const seconds = (from: number, to: number) => Number(((to - from) / 1_000).toFixed(2))
const rssMiB = Math.round(process.memoryUsage().rss / 2 ** 20)
console.log(
  JSON.stringify({
    name: "start",
    accounts: accounts.length,
    openS: seconds(started, opened),
    readS: seconds(opened, read),
    rssMiB,
  }),
)
await close()
await rm(folder, { recursive: true, force: true })
