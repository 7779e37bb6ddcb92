import { beforeEach, describe, expect, it } from "vitest"
import { formatDecimal, parseDecimal } from "../../../aggregator/domain/decimal.js"
import type { Snapshot } from "../../../aggregator/domain/snapshot.js"
import { caseOf, healthOf } from "../../../aggregator/insight/account-case.js"
import { shippedPolicy } from "../../../aggregator/policies/shipped.js"
import { changesSchema } from "../../../aggregator/routes/changes-schemas.js"
import { attestationOf } from "../../support/attestation.js"
import { shippedKernel } from "../../support/kernel.js"
import { type Bench, fieldsIn, problemIn, snapshot, startBench } from "../../support/service.js"
import { collateral, NOW, priced } from "../../support/snapshots.js"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
})

async function attested(epoch: bigint, taken: Snapshot, policyHash = shippedPolicy("span16").hash): Promise<void> {
  const attestation = attestationOf(1, epoch, NOW)
  await bench.book.recordEpoch({ ...attestation, header: { ...attestation.header, policyHash } }, bench.assess(taken))
}
const dearer = () => snapshot({ prices: [priced("ETH", "3150", "1.575"), priced("BTC", "90000"), priced("USDC", "1")] })
const read = (query: string, id = "seller") => bench.get(`/v1/accounts/${id}/changes${query}`)
async function changes(query: string, id?: string) {
  const response = await read(query, id)
  expect(response.status).toBe(200)
  return changesSchema.strict().parse(await response.json())
}

describe("changes between epochs", () => {
  it("are told by cause, adding up exactly", async () => {
    await attested(4n, snapshot())
    await attested(5n, { ...dearer(), valuationTime: NOW + 100 })
    const { from, to, change, causes } = await changes("?from=4&to=5")
    expect([from.epoch, to.epoch, to.valuationTime]).toEqual(["4", "5", NOW + 100])
    const sum = causes?.reduce((total, each) => total + parseDecimal(each.change?.health ?? "0"), 0n) ?? 0n
    expect(formatDecimal(sum)).toBe(change?.health)
    const moved = causes?.filter(each => each.change?.health !== "0").map(each => each.cause)
    expect(moved).toEqual(["time", "price", "haircut"])
  })

  it("run to what is known now when no end is given, and backwards as well", async () => {
    await attested(4n, snapshot())
    bench.assess(dearer())
    const forward = await changes("?from=4")
    expect(forward.to.epoch).toBeNull()
    await attested(5n, dearer())
    const back = await changes("?from=5&to=4")
    expect(parseDecimal(back.change?.health ?? "")).toBe(-parseDecimal(forward.change?.health ?? ""))
  })

  it("are null for an account without figures", async () => {
    await attested(4n, snapshot())
    expect(await changes("?from=4", "lost")).toMatchObject({ change: null, causes: null, from: { figures: null } })
  })

  it("look at what all others held where either policy does", async () => {
    const { policy, hash } = shippedPolicy("weighted-health-mango")
    const [seller, lost, empty] = snapshot().accounts
    if (!seller || !lost || !empty) throw new Error("no accounts")
    const saver = { ...seller, legs: [collateral("ETH", "1")] }
    const crowd = { ...empty, legs: [collateral("ETH", "10000")] }
    const alone = snapshot({ accounts: [saver] })
    const crowded = snapshot({ accounts: [saver, crowd] })
    await attested(4n, crowded, hash)
    await attested(5n, crowded)
    const kernel = await shippedKernel()
    const initialHealth = (taken: Snapshot) => {
      const { figures } = healthOf(caseOf(taken, "seller", { policy, kernel }))
      return figures && formatDecimal(figures.initialHealth)
    }
    expect(initialHealth(crowded)).not.toBe(initialHealth(alone))
    expect((await changes("?from=4&to=5")).from.figures?.initialHealth).toBe(initialHealth(crowded))
    expect((await changes("?from=5&to=4")).to.figures?.initialHealth).toBe(initialHealth(crowded))
  })

  it("need epochs that are kept and a policy that is known", async () => {
    await attested(4n, snapshot())
    await attested(5n, snapshot(), attestationOf(1, 5n, NOW).header.policyHash)
    expect(await problemIn(await read("?from=3"))).toMatchObject({ status: 404, code: "NOT_PUBLISHED" })
    expect(await problemIn(await read("?from=4&to=9"))).toMatchObject({ status: 404, code: "NOT_PUBLISHED" })
    expect(await fieldsIn(await read("?from=4&to=5"))).toEqual([["/to", "UNKNOWN_POLICY"]])
    expect(await problemIn(await read("?from=4", "nobody"))).toMatchObject({ status: 404, code: "UNKNOWN_ACCOUNT" })
  })

  it.each([
    ["", "/from"],
    ["?from=-1", "/from"],
    ["?from=1e3", "/from"],
    ["?from=4&to=latest", "/to"],
  ])("%j is a wrong field", async (query, pointer) => {
    bench.assess(snapshot())
    expect((await fieldsIn(await read(query))).map(([at]) => at)).toEqual([pointer])
  })
})
