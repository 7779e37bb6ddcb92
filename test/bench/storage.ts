/**
 * What a service does with 100,000 stored accounts and their epochs on the embedded database: `npm run bench -- storage`.
 * ACCOUNTS, EPOCHS and the DATABASE_URL of a PostgreSQL database that may be filled say otherwise. Prints a JSON line a question; `heldMs` is
 * the longest that the event loop had no turn meanwhile.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sql } from "kysely"
import type { AccountLeaf, Attestation } from "../../aggregator/domain/attestation.js"
import { addressOn } from "../../aggregator/domain/caip.js"
import { chainBytes32 } from "../../aggregator/domain/chain-bytes.js"
import { usd } from "../../aggregator/domain/fixed.js"
import { accountHash } from "../../aggregator/domain/leaf.js"
import { attestationTree, orderLeaves, proveAbsence } from "../../aggregator/domain/merkle.js"
import type { AccountSnapshot, Snapshot } from "../../aggregator/domain/snapshot.js"
import { nativeHashing } from "../../aggregator/native-hashing.js"
import { treeOf } from "../../aggregator/pipeline/attest.js"
import { type WrittenSnapshot, writtenSnapshot } from "../../aggregator/pipeline/written-snapshot.js"
import { openDatabase, type Place } from "../../aggregator/store/database.js"
import { toBytes } from "../../aggregator/store/encoding.js"
import { MarginBook } from "../../aggregator/store/margin-book.js"
import { AccountRegistry } from "../../aggregator/store/registry.js"
import { sqlArchive } from "../../aggregator/store/sql-archive.js"
import { headerOf } from "../support/attestation.js"
import { shippedKernel } from "../support/kernel.js"
import { accountOf, CHAIN, collateral, NOW, option, snapshotOf } from "../support/snapshots.js"
import { median, report, rounded, seeded } from "./measure.js"

const ACCOUNTS = Number(process.env.ACCOUNTS ?? 100_000)
const EPOCHS = Number(process.env.EPOCHS ?? 60)
const OPTIONS = 10
const PROBES = 5
const LIMITS = { maxAccounts: ACCOUNTS, maxAddresses: 1 }

const url = process.env.DATABASE_URL
const folder = await mkdtemp(join(tmpdir(), "plimsoll-"))
const place: Place = url === undefined ? { kind: "folder", folder } : { kind: "postgres", url }
const hashing = nativeHashing(await shippedKernel())
const random = seeded(5)

/** Runs the work, and tells how long it took and how long nothing else had its turn. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number; cpuMs: number; heldMs: number }> {
  let held = 0
  let turn = performance.now()
  let running = true
  const watch = () => {
    const now = performance.now()
    held = Math.max(held, now - turn)
    turn = now
    if (running) setImmediate(watch)
  }
  setImmediate(watch)
  const cpu = process.cpuUsage()
  const begin = performance.now()
  const result = await work()
  const ms = performance.now() - begin
  running = false
  watch()
  const { user, system } = process.cpuUsage(cpu)
  return { result, ms: rounded(ms), cpuMs: rounded((user + system) / 1_000), heldMs: rounded(held) }
}

async function asked(question: string, work: () => Promise<unknown>, times = PROBES): Promise<void> {
  const taken: Awaited<ReturnType<typeof timed>>[] = []
  for (let i = 0; i < times; i++) taken.push(await timed(work))
  const of = (name: "ms" | "cpuMs" | "heldMs") => rounded(median(taken.map(each => each[name])))
  report({ bench: "storage", question, accounts: ACCOUNTS, ms: of("ms"), cpuMs: of("cpuMs"), heldMs: of("heldMs") })
}

const holderOf = (number: number) => `0x${accountHash(`holder ${number}`).slice(-40)}`
const held = Array.from({ length: OPTIONS }, (_, i) => option(`ETH-25DEC26-${3_000 + 100 * i}-C`, "-0.5"))
const accounts = Array.from({ length: ACCOUNTS }, (_, i): AccountSnapshot => {
  const legs = [collateral("USDC", `${20_000 + i}`), collateral("ETH", `${i % 90}.5`), ...held]
  return accountOf(legs, { id: `account-${i}`, addresses: [addressOn(CHAIN, holderOf(i))] })
})
const first: Snapshot = { ...snapshotOf(held), accounts }
const seats = accounts.map(({ id, addresses: [address = addressOn(CHAIN, holderOf(0))] }, i) => ({
  address,
  wormholeChain: 2,
  holder: chainBytes32(CHAIN, holderOf(i)),
  account: accountHash(id),
}))

/** Every account's figures anew, as after every beat in which prices moved. */
function attestationOf(epoch: bigint): Attestation {
  const dollars = (most: number) =>
    usd(BigInt(Math.floor(random() * most)) * 10n ** 18n + BigInt(Math.floor(random() * 2 ** 52)))
  const timestamp = NOW + 12 * Number(epoch)
  const unplaced = seats.map(
    (seat): Omit<AccountLeaf, "index"> => ({
      ...seat,
      equity: dollars(200_000),
      initialMargin: dollars(60_000),
      maintenanceMargin: dollars(40_000),
      status: "NORMAL",
      asOf: timestamp,
    }),
  )
  const leaves = orderLeaves(unplaced)
  const header = headerOf(ACCOUNTS)
  const { root } = attestationTree(header, leaves, hashing)
  return {
    epoch,
    timestamp,
    validity: 60,
    inputGrade: "single",
    revokedBelow: 0n,
    root,
    chains: [{ chain: CHAIN, wormholeChain: 2 }],
    header,
    leaves,
  }
}

const filled = await openDatabase(place)
const archive = sqlArchive(filled.db)
await sql`insert into accounts select 'account-' || i, i, null from generate_series(1, ${ACCOUNTS}) i`.execute(
  filled.db,
)
await sql`insert into links select 'eip155:1:0x' || lpad(to_hex(i), 40, '0'), 'account-' || i, i, '[]'
  from generate_series(1, ${ACCOUNTS}) i`.execute(filled.db)

let written: WrittenSnapshot | null = null
const recorded = []
for (let number = 1n; number <= EPOCHS; number++) {
  const snapshot: Snapshot = { ...first, valuationTime: NOW + Number(number) }
  written = writtenSnapshot(snapshot, hashing, written)
  const attestation = attestationOf(number)
  recorded.push(await timed(() => archive.record(attestation, snapshot)))
}
const [initial, ...later] = recorded
for (const [question, some] of [
  ["keep the first epoch", [initial]],
  ["keep the next epoch", later],
] as const) {
  const of = (name: "ms" | "cpuMs" | "heldMs", pick = median) => rounded(pick(some.map(each => each?.[name] ?? 0)))
  const most = (values: readonly number[]) => Math.max(...values)
  report({
    bench: "storage",
    question,
    accounts: ACCOUNTS,
    ms: of("ms"),
    cpuMs: of("cpuMs"),
    heldMs: of("heldMs"),
    mostHeldMs: of("heldMs", most),
  })
}
const { rows } = await sql<{ name: string; size: bigint }>`select relname as name,
  pg_total_relation_size(oid)::bigint as size from pg_class
  where relname in ('epochs', 'leaf_parts', 'leaf_seats', 'snapshot_parts') order by relname`.execute(filled.db)
report({
  bench: "storage",
  question: "MiB",
  ...Object.fromEntries(rows.map(each => [each.name, rounded(Number(each.size) / 2 ** 20)])),
})
await filled.close()

const start = await timed(async () => {
  const opened = await openDatabase(place)
  const { db } = opened
  const book = new MarginBook(sqlArchive(db))
  await book.resume()
  const registry = await AccountRegistry.open(db, [], LIMITS)
  return { opened, book, accounts: registry.accounts.length }
})
const { opened, book } = start.result
const rssMiB = Math.round(process.memoryUsage().rss / 2 ** 20)
report({
  bench: "storage",
  question: "start, until it listens",
  accounts: start.result.accounts,
  ms: start.ms,
  heldMs: start.heldMs,
  rssMiB,
})
await asked("what the last epoch showed", () => book.memory(BigInt(EPOCHS)))

await asked("an account in the last snapshot", () => book.snapshotOf(BigInt(EPOCHS), `account-${ACCOUNTS - 1}`))

const listed = async () => (await book.epochsBefore(null, 60)).map(each => each.attestation.epoch)
await asked("the last 60 epochs", listed)
const historyOf = async (id: string) => book.leavesOf(accountHash(id), await listed())
await asked("history of an account over 60 epochs, just started", () => historyOf("account-17"), 1)
const others = Array.from({ length: PROBES }, (_, i) => `account-${100 + i}`)
await asked("history of an account over 60 epochs", () => historyOf(others.pop() ?? ""))
await asked("history of an account over 60 epochs, asked again", () => historyOf("account-17"))
const older = sqlArchive(opened.db)
await asked("all leaves of an epoch", () => older.attestation(1n), 3)
const whole = await book.attestation(1n)
if (!whole) throw new Error("no epoch")
await asked("its tree, built", async () => treeOf({ ...whole }, hashing), 3)
const tree = treeOf(whole, hashing)
await asked("a proof of it, asked again", async () => treeOf((await book.attestation(1n)) ?? whole, hashing).proof(17))
await asked("a proof of absence", async () => proveAbsence(tree, { wormholeChain: 2, holder: accountHash("nobody") }))
await asked("whose an address was in 20 epochs", async () =>
  book.accountsOf(each => each === "nobody", (await listed()).slice(0, 20)),
)

const earlier = { ...whole, epoch: BigInt(EPOCHS) }
const attestation = await toBytes(earlier)
await opened.db.deleteFrom("leaf_parts").where("epoch", "=", earlier.epoch).execute()
await opened.db
  .updateTable("epochs")
  .set({ attestation, part_count: null })
  .where("epoch", "=", earlier.epoch)
  .execute()
report({
  bench: "storage",
  question: "MiB of an epoch as earlier versions wrote it",
  MiB: rounded(attestation.length / 2 ** 20),
})
await asked("the last epoch, as earlier versions wrote it", () => book.epochsBefore(null, 1))
const account = accountHash("account-17")
await asked("an account in it, read for the first time", () => book.leavesOf(account, [earlier.epoch]), 1)
await asked("an account in it, from then on", () => book.leavesOf(account, [earlier.epoch]))

await opened.close()
await rm(folder, { recursive: true, force: true })
