/**
 * How fast questions about one account are answered: `npm run bench -- insight`, one JSON line a question, CPU time.
 * A slider's frame is one what-if: prices, volatilities and time moved, then the figures by the whole pipeline. Beside it, in the
 * same run, the same repricing and worst scenario in plain JavaScript on doubles, without haircuts, exactness or anything else.
 */
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price, ratio } from "../../aggregator/domain/fixed.js"
import { caseOf, healthOf, standingOf } from "../../aggregator/insight/account-case.js"
import { marginContributions } from "../../aggregator/insight/contributions.js"
import { healthSurface } from "../../aggregator/insight/health-curve.js"
import { liquidationBands } from "../../aggregator/insight/liquidation-bands.js"
import { planLiquidation } from "../../aggregator/insight/liquidation-plan.js"
import { planTopUp, usualOffers } from "../../aggregator/insight/top-up-plan.js"
import { whatIf } from "../../aggregator/insight/what-if.js"
import { usualCosts } from "../../aggregator/policies/execution-costs.js"
import { shippedKernel } from "../support/kernel.js"
import { span16 } from "../support/policies.js"
import { collateral, NOW, option, snapshotOf } from "../support/snapshots.js"
import { filled, medians, report, rounded } from "./measure.js"
import { plainRiskArrays, plainWorstScenarios } from "./plain-kernel.js"

const OPTIONS = 10
const SCENARIOS = 16
const FRAMES = 100

const kernel = await shippedKernel()
const costs = usualCosts()
const options = Array.from({ length: OPTIONS }, (_, i) =>
  option(`ETH-25DEC26-${2500 + 100 * i}-${i % 2 ? "C" : "P"}`, String(i % 3 ? -2 : 3)),
)
const held = (cash: string) =>
  caseOf(snapshotOf([collateral("USDC", cash), ...options]), "book", { policy: span16, kernel })
const healthy = held("50000")
const short = held("400")

function supposed(i: number) {
  const prices = new Map([["ETH", price(parseDecimal(String(2500 + (i % 1000))))]])
  return whatIf(healthy, {
    market: { valuationTime: NOW + 60 * i, prices, volatilities: new Map() },
    volatilityShifts: new Map([["ETH", ratio(parseDecimal("0.01"))]]),
  })
}

const scenarios = {
  priceMove: filled(SCENARIOS, i => 0.02 * (i - 8)),
  volatilityFactor: filled(SCENARIOS, () => 1),
  volatilityShift: filled(SCENARIOS, i => (i % 2 ? 0.1 : -0.1)),
  timeRoll: new Float64Array(SCENARIOS),
  weight: filled(SCENARIOS, () => 1),
}
const book = {
  rowStart: Uint32Array.of(0, OPTIONS),
  instrument: Uint32Array.from({ length: OPTIONS }, (_, i) => i),
  lots: filled(OPTIONS, i => (i % 3 ? -2000 : 3000)),
}
function plainFrame(i: number): void {
  const columns = {
    kind: Uint8Array.from({ length: OPTIONS }, (_, k) => (k % 2 ? 1 : 2)),
    spot: filled(OPTIONS, () => 2500 + (i % 1000)),
    carry: filled(OPTIONS, () => 0.05),
    rate: filled(OPTIONS, () => 0.05),
    strike: filled(OPTIONS, k => 2500 + 100 * k),
    volatility: filled(OPTIONS, () => 0.81),
    timeToExpiry: filled(OPTIONS, () => 0.15),
  }
  plainWorstScenarios(plainRiskArrays(columns, scenarios, 0.0001).pnl, SCENARIOS, book)
}

const frames = (of: (i: number) => unknown) => ({
  units: FRAMES,
  run: () => {
    for (let i = 0; i < FRAMES; i++) of(i)
  },
})
const once = (run: () => unknown) => ({ units: 1, run })
const grid = (count: number, step: string) =>
  Array.from({ length: count }, (_, i) => ratio(BigInt(i - (count >> 1)) * parseDecimal(step)))

const ns = medians({
  figures: frames(i => standingOf(supposed(i))),
  health: frames(i => healthOf(supposed(i)).figures?.standaloneMargin),
  plain: frames(plainFrame),
  surface: once(() => healthSurface(healthy, "ETH", grid(21, "0.02"), grid(9, "0.05"))),
  bands: once(() => liquidationBands(short, "ETH")),
  contributions: once(() => marginContributions(short)),
  liquidation: once(() => planLiquidation(short, costs)),
  topUp: once(() => planTopUp(short, usualOffers(short.snapshot, short), costs)),
})

report({
  bench: "what-if",
  options: OPTIONS,
  scenarios: SCENARIOS,
  figuresUs: rounded(ns.figures / 1e3),
  wholeHealthUs: rounded(ns.health / 1e3),
  plainRepricingUs: rounded(ns.plain / 1e3),
  figuresPerPlainRepricing: rounded(ns.figures / ns.plain),
  figuresIn16Ms: Math.floor(16e6 / ns.figures),
})
for (const name of ["surface", "bands", "contributions", "liquidation", "topUp"] as const)
  report({ bench: name, options: OPTIONS, ms: rounded(ns[name] / 1e6), inFigures: rounded(ns[name] / ns.figures) })
