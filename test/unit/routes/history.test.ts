import { beforeEach, describe, expect, it } from "vitest"
import type { Attestation } from "../../../aggregator/domain/attestation.js"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { usd } from "../../../aggregator/domain/fixed.js"
import type { AccountStatus } from "../../../aggregator/domain/health.js"
import { accountHash } from "../../../aggregator/domain/leaf.js"
import { historySchema } from "../../../aggregator/routes/history-schemas.js"
import { attestationOf } from "../../support/attestation.js"
import { type Bench, EVM_ADDRESS, problemIn, snapshot, startBench } from "../../support/service.js"
import { NOW } from "../../support/snapshots.js"

/** An epoch in which the seller has 1,000 of equity for each number of the epoch. */
function epochOf(epoch: bigint, status: AccountStatus = "NORMAL"): Attestation {
  const attestation = attestationOf(2, epoch, NOW + Number(epoch))
  const [leaf, ...others] = attestation.leaves
  if (!leaf) throw new Error("no leaf")
  const dollars = (amount: bigint) => usd(parseDecimal(String(amount)))
  const seller = {
    ...leaf,
    account: accountHash("seller"),
    status,
    equity: dollars(1_000n * epoch),
    initialMargin: dollars(500n),
    maintenanceMargin: dollars(400n),
  }
  return { ...attestation, leaves: [seller, ...others] }
}

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
  const assessment = bench.assess(snapshot())
  for (const epoch of [1n, 2n, 3n]) await bench.book.recordEpoch(epochOf(epoch), assessment)
  await bench.book.recordEpoch(epochOf(4n, "UNAVAILABLE"), assessment)
})
const historyOf = async (id: string, query = "") =>
  historySchema.parse(await (await bench.get(`/v1/accounts/${id}/history${query}`)).json())

describe("GET /v1/accounts/{id}/history", () => {
  it("tells what was attested, oldest first, and nothing where there were no figures", async () => {
    const { points, next } = await historyOf("seller")
    expect(points.map(({ epoch, time, equity, health }) => [epoch, time, equity, health])).toEqual([
      ["1", NOW + 1, "1000", "600"],
      ["2", NOW + 2, "2000", "1600"],
      ["3", NOW + 3, "3000", "2600"],
      ["4", NOW + 4, null, null],
    ])
    expect(next).toBeNull()
  })

  it("gives the same by a linked address", async () => {
    expect(await historyOf(EVM_ADDRESS)).toEqual(await historyOf("seller"))
  })

  it("goes back page by page", async () => {
    const newest = await historyOf("seller", "?limit=2")
    expect(newest.points.map(each => each.epoch)).toEqual(["3", "4"])
    const older = await historyOf("seller", `?limit=2&cursor=${newest.next}`)
    expect(older.points.map(each => each.epoch)).toEqual(["1", "2"])
    expect(older.next).toBeNull()
  })

  it("is empty for an account that no epoch knew, and unknown for one that does not exist", async () => {
    expect((await historyOf("empty")).points).toEqual([])
    expect(await problemIn(await bench.get("/v1/accounts/nobody/history"))).toMatchObject({ status: 404 })
    expect(await problemIn(await bench.get("/v1/accounts/seller/history?limit=0"))).toMatchObject({ status: 400 })
  })
})
