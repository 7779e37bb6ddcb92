/**
 * How fast one account answers a what-if question: `npx tsx test/bench/what-if.ts`.
 * A slider's frame is one whole assessment after a price, a volatility and the time moved: repricing, haircuts, margin, status.
 * Beside it, in the same run, the same repricing and worst scenario in plain JavaScript on doubles, without any of the rest.
 */
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price, ratio } from "../../aggregator/domain/fixed.js"
import { caseOf, healthOf, standingOf } from "../../aggregator/insight/account-case.js"
import { liquidationBands } from "../../aggregator/insight/liquidation-bands.js"
import { whatIf } from "../../aggregator/insight/what-if.js"
import { shippedKernel } from "../support/kernel.js"
import { span16 } from "../support/policies.js"
import { collateral, NOW, option, snapshotOf } from "../support/snapshots.js"
import { plainRiskArrays, plainWorstScenarios } from "./plain-kernel.js"

const ROUNDS = 15
const FRAMES = 200
const OPTIONS = 10
const SCENARIOS = 16

const kernel = await shippedKernel()
const options = Array.from({ length: OPTIONS }, (_, i) =>
  option(`ETH-25DEC26-${2500 + 100 * i}-${i % 2 ? "C" : "P"}`, String(i % 3 ? -2 : 3)),
)
const asked = caseOf(snapshotOf([collateral("USDC", "50000"), ...options]), "book", { policy: span16, kernel })

function supposed(i: number) {
  const prices = new Map([["ETH", price(parseDecimal(String(2500 + (i % 1000))))]])
  return whatIf(asked, {
    market: { valuationTime: NOW + 60 * i, prices, volatilities: new Map() },
    volatilityShifts: new Map([["ETH", ratio(parseDecimal("0.01"))]]),
  })
}

const filled = (count: number, value: (i: number) => number) => Float64Array.from({ length: count }, (_, i) => value(i))
const scenarios = {
  priceMove: filled(SCENARIOS, i => 0.02 * (i - 8)),
  volatilityFactor: filled(SCENARIOS, () => 1),
  volatilityShift: filled(SCENARIOS, i => (i % 2 ? 0.1 : -0.1)),
  timeRoll: new Float64Array(SCENARIOS),
  weight: filled(SCENARIOS, () => 1),
}
const books = {
  rowStart: Uint32Array.of(0, OPTIONS),
  instrument: Uint32Array.from({ length: OPTIONS }, (_, i) => i),
  lots: filled(OPTIONS, i => (i % 3 ? -2000 : 3000)),
}
function plainFrame(i: number): number {
  const columns = {
    kind: Uint8Array.from({ length: OPTIONS }, (_, k) => (k % 2 ? 1 : 2)),
    spot: filled(OPTIONS, () => 2500 + (i % 1000)),
    carry: filled(OPTIONS, () => 0.05),
    rate: filled(OPTIONS, () => 0.05),
    strike: filled(OPTIONS, k => 2500 + 100 * k),
    volatility: filled(OPTIONS, () => 0.81),
    timeToExpiry: filled(OPTIONS, () => 0.15),
  }
  const { pnl } = plainRiskArrays(columns, scenarios, 0.0001)
  return plainWorstScenarios(pnl, SCENARIOS, books).pnl[0] ?? 0
}

const elapsed = (work: () => unknown) => {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return user + system
}
const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN
const frames = (of: (i: number) => unknown) => () => {
  for (let i = 0; i < FRAMES; i++) of(i)
}

const times = { whatIf: [] as number[], figures: [] as number[], plain: [] as number[], bands: [] as number[] }
let repricings = 0
for (let round = -3; round < ROUNDS; round++) {
  const taken = {
    whatIf: elapsed(frames(i => healthOf(supposed(i)))) / FRAMES,
    figures: elapsed(frames(i => standingOf(supposed(i)))) / FRAMES,
    plain: elapsed(frames(plainFrame)) / FRAMES,
    bands: elapsed(() => {
      repricings = liquidationBands(asked, "ETH").repricings
    }),
  }
  if (round < 0) continue
  for (const name of ["whatIf", "figures", "plain", "bands"] as const) times[name].push(taken[name])
}
const rounded = (x: number) => Math.round(x * 10) / 10
const [whatIfTime, figuresTime, plainTime, bandsTime] = [times.whatIf, times.figures, times.plain, times.bands].map(
  each => median(each),
)
console.log(
  JSON.stringify({
    bench: "what-if",
    options: OPTIONS,
    scenarios: SCENARIOS,
    wholeAssessmentMicroseconds: rounded(whatIfTime ?? 0),
    figuresAloneMicroseconds: rounded(figuresTime ?? 0),
    plainRepricingMicroseconds: rounded(plainTime ?? 0),
    figuresPerPlainRepricing: rounded((figuresTime ?? 0) / (plainTime ?? 1)),
    figuresAFrameOf16Milliseconds: rounded(16_000 / (figuresTime ?? 1)),
  }),
)
console.log(
  JSON.stringify({
    bench: "liquidation-bands",
    options: OPTIONS,
    repricings,
    milliseconds: rounded((bandsTime ?? 0) / 1000),
    microsecondsARepricing: rounded((bandsTime ?? 0) / repricings),
  }),
)
