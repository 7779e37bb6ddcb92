/**
 * One thread that assesses its share of the accounts: it keeps their readings and is told which have changed.
 */
import { parentPort, workerData } from "node:worker_threads"
import { loadKernel } from "../../wasm-core/kernel.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { AccountSnapshot, Snapshot } from "../domain/snapshot.js"
import { assessInPasses } from "../pipeline/assess-snapshot.js"
import { emptyColumns, writeHealth } from "./figure-columns.js"
import type { Change } from "./seating.js"
import { slimmer } from "./slim-account.js"

export interface WorkerData {
  readonly wasm: Uint8Array<ArrayBuffer>
  readonly policy: MarginPolicy
}

/** What has changed since. */
export interface SeatChanges {
  readonly kind: "seats"
  readonly changes: readonly Change[]
}

/** Everything of a snapshot that is no account's own. */
export interface AssessAll {
  readonly kind: "assess"
  readonly market: Omit<Snapshot, "accounts">
}

const { wasm, policy } = workerData as WorkerData
const kernel = await loadKernel(wasm)
const seats: (AccountSnapshot | null)[] = []
const slim = slimmer()

parentPort?.on("message", (message: SeatChanges | AssessAll) => {
  if (message.kind === "seats") {
    for (const [place, account] of message.changes) seats[place] = account && slim(account)
    return
  }
  const columns = assessed(message.market)
  parentPort?.postMessage(columns, [columns.status.buffer, columns.asOf.buffer, columns.sums.buffer])
})

function assessed(market: AssessAll["market"]) {
  const accounts: AccountSnapshot[] = []
  const places: number[] = []
  for (const [place, account] of seats.entries()) {
    if (!account) continue
    accounts.push(account)
    places.push(place)
  }
  const columns = emptyColumns(seats.length)
  let next = 0
  for (const some of assessInPasses({ ...market, accounts }, policy, kernel))
    for (const health of some) writeHealth(columns, places[next++] ?? Number.NaN, health)
  return columns
}
