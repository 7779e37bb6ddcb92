/**
 * What margining many accounts costs beyond the kernel: `npm run bench -- accounts`, one JSON line a policy, CPU time an account.
 * Beside it, in the same run, the repricing of the same listing and the worst scenario of the same books in plain JavaScript
 * on doubles, without haircuts, charges, exactness or lines that add up.
 */
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { quantity } from "../../aggregator/domain/fixed.js"
import type { AccountSnapshot, Snapshot } from "../../aggregator/domain/snapshot.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { shippedPolicy } from "../../aggregator/policies/shipped.js"
import { shippedKernel } from "../support/kernel.js"
import { accountOf, collateral, option, snapshotOf } from "../support/snapshots.js"
import { grid } from "./inputs.js"
import { medians, report, rounded, seeded } from "./measure.js"
import { plainRiskArrays, plainWorstScenarios } from "./plain-kernel.js"

const ACCOUNTS = 500
const POSITIONS = 10
const SCENARIOS = 16

const random = seeded(6)
const below = (count: number) => Math.floor(random() * count)
const listing = ["6NOV26", "25DEC26", "26MAR27"].flatMap(expiry =>
  Array.from({ length: 80 }, (_, i) => option(`ETH-${expiry}-${1800 + 60 * (i >> 1)}-${i % 2 ? "C" : "P"}`, "1")),
)
const books = Array.from({ length: ACCOUNTS }, () =>
  Array.from({ length: POSITIONS }, () => ({ row: below(listing.length), hundredths: below(2_000) - 1_000 })),
)
const accounts = books.map((book, id): AccountSnapshot => {
  const positions = book.flatMap(({ row, hundredths }, i) => {
    const listed = listing[row]
    return listed ? [{ ...listed, quantity: quantity(BigInt(hundredths) * 10n ** 16n), positionId: String(i) }] : []
  })
  return accountOf([collateral("USDC", "50000"), collateral("ETH", "3"), ...positions], { id: String(id) })
})
const snapshot: Snapshot = { ...snapshotOf(listing), accounts }

const column = (of: (leg: (typeof listing)[number]) => number) => Float64Array.from(listing, of)
const columns = {
  kind: Uint8Array.from(listing, ({ instrument }) => (instrument.right === "call" ? 1 : 2)),
  spot: column(() => 3_000),
  carry: column(() => 0.05),
  rate: column(() => 0.05),
  strike: column(({ instrument }) => Number(instrument.strike / parseDecimal("1"))),
  volatility: column(() => 0.8),
  timeToExpiry: column(({ instrument }) => (instrument.expiry - snapshot.valuationTime) / (365 * 86_400)),
}
const scenarios = grid(SCENARIOS)
const rows = {
  rowStart: Uint32Array.from({ length: ACCOUNTS + 1 }, (_, i) => i * POSITIONS),
  instrument: Uint32Array.from(books.flat(), each => each.row),
  lots: Float64Array.from(books.flat(), each => each.hundredths),
}

const kernel = await shippedKernel()
for (const name of ["span16", "plimsoll"] as const) {
  const { policy } = shippedPolicy(name)
  const all = () => assessSnapshot(snapshot, policy, kernel).health
  if (all().some(each => !each.figures)) throw new Error(`${name} does not margin every account`)
  const ns = medians({
    assessed: { units: ACCOUNTS, run: all },
    looked: { units: ACCOUNTS, run: () => all().map(each => each.figures?.standaloneMargin) },
    plain: {
      units: ACCOUNTS,
      run: () => plainWorstScenarios(plainRiskArrays(columns, scenarios, 0.0001).pnl, SCENARIOS, rows),
    },
  })
  report({
    bench: "accounts",
    policy: name,
    accounts: ACCOUNTS,
    options: POSITIONS,
    assessedUs: rounded(ns.assessed / 1e3),
    withPositionsAloneUs: rounded(ns.looked / 1e3),
    plainSixteenScenariosUs: rounded(ns.plain / 1e3),
  })
}
