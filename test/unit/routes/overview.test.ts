import { expect, it } from "vitest"
import { assessSnapshot } from "../../../aggregator/pipeline/assess-snapshot.js"
import { shippedPolicy } from "../../../aggregator/policies/shipped.js"
import { MOST_SHOWN, overviewSchema } from "../../../aggregator/routes/overview-schemas.js"
import { overviewView } from "../../../aggregator/routes/views.js"
import { MarginBook } from "../../../aggregator/store/margin-book.js"
import { shippedKernel } from "../../support/kernel.js"
import { accountOf, collateral, debt, snapshotOf } from "../../support/snapshots.js"

const policy = shippedPolicy("span16")

/** So many accounts, of which those at the places owe more than they have. */
async function overviewOf(count: number, unwell: readonly number[]) {
  const accounts = Array.from({ length: count }, (_, i) =>
    accountOf([collateral("USDC", "100"), ...(unwell.includes(i) ? [debt("USDC", "1000")] : [])], {
      id: `account-${i}`,
    }),
  )
  const assessment = assessSnapshot({ ...snapshotOf([]), accounts }, policy.policy, await shippedKernel())
  const book = new MarginBook()
  book.recordAssessment(assessment)
  return overviewSchema.strict().parse(overviewView(book, assessment, { policy, chainName: chain => chain }))
}

it("shows every account while there are few", async () => {
  const overview = await overviewOf(MOST_SHOWN, [3])
  expect(overview.accounts.map(each => each.account)).toEqual(
    Array.from({ length: MOST_SHOWN }, (_, i) => `account-${i}`),
  )
  expect(overview).toMatchObject({
    accountCount: MOST_SHOWN,
    statusCounts: { NORMAL: MOST_SHOWN - 1, BANKRUPT: 1, STALE: 0 },
  })
})

it("shows who is not well before others of many, and counts all", async () => {
  const last = MOST_SHOWN + 99
  const overview = await overviewOf(last + 1, [2, last])
  expect(overview.accounts).toHaveLength(MOST_SHOWN)
  expect(overview.accounts.map(each => each.account)).toEqual([
    ...Array.from({ length: MOST_SHOWN - 1 }, (_, i) => `account-${i}`),
    `account-${last}`,
  ])
  expect(overview.accounts.filter(each => each.status === "BANKRUPT").map(each => each.account)).toEqual([
    "account-2",
    `account-${last}`,
  ])
  expect(overview).toMatchObject({ accountCount: last + 1, statusCounts: { NORMAL: last - 1, BANKRUPT: 2 } })
})

it("shows no more than so many who are not well", async () => {
  const places = Array.from({ length: MOST_SHOWN + 5 }, (_, i) => i)
  const overview = await overviewOf(places.length, places)
  expect(overview.accounts).toHaveLength(MOST_SHOWN)
  expect(overview.statusCounts.BANKRUPT).toBe(places.length)
})
