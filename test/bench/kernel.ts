/**
 * How fast the kernel is against plain JavaScript of the same mathematics: `npx tsx test/bench/kernel.ts`.
 * Both run in turn in this one process and the medians are compared: absolute times hold for one machine, ratios travel.
 */
import { shippedKernel } from "../support/kernel.js"
import { plainRiskArrays, plainWorstScenarios } from "./plain-kernel.js"

const ROUNDS = 15
const OPTIONS = 5_000
const ACCOUNTS = 20_000
const POSITIONS_PER_UNIT = [2, 3, 2, 3] as const

/** Linear congruential generator, so that every run measures the same work. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const filled = (count: number, next: () => number) => Float64Array.from({ length: count }, next)

function market(scenarioCount: number) {
  const random = seeded(1)
  const instruments = {
    kind: Uint8Array.from({ length: OPTIONS }, (_, i) => 1 + (i % 2)),
    spot: filled(OPTIONS, () => 3_000),
    carry: filled(OPTIONS, () => 0.04),
    rate: filled(OPTIONS, () => 0.04),
    strike: filled(OPTIONS, () => 1_500 + 3_000 * random()),
    volatility: filled(OPTIONS, () => 0.3 + random()),
    timeToExpiry: filled(OPTIONS, () => 0.01 + 1.5 * random()),
  }
  const scenarios = {
    priceMove: filled(scenarioCount, () => 0.5 * random() - 0.25),
    volatilityFactor: filled(scenarioCount, () => 0.7 + 0.6 * random()),
    volatilityShift: new Float64Array(scenarioCount),
    timeRoll: new Float64Array(scenarioCount),
    weight: new Float64Array(scenarioCount).fill(1),
  }
  return { instruments, scenarios }
}

function accounts() {
  const random = seeded(2)
  const rows = ACCOUNTS * POSITIONS_PER_UNIT.length
  const rowStart = new Uint32Array(rows + 1)
  for (let row = 0; row < rows; row++) {
    rowStart[row + 1] = (rowStart[row] ?? 0) + (POSITIONS_PER_UNIT[row % POSITIONS_PER_UNIT.length] ?? 0)
  }
  const positions = rowStart[rows] ?? 0
  return {
    rowStart,
    instrument: Uint32Array.from({ length: positions }, () => Math.floor(random() * OPTIONS)),
    lots: filled(positions, () => Math.floor(random() * 2_001) - 1_000),
  }
}

/** Processor time in microseconds: other programs on a busy machine disturb it less than wall time. */
const elapsed = (work: () => unknown) => {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return user + system
}

const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN

/** Runs both in turn, after two rounds that only warm up, and prints nanoseconds per unit of work. */
function compare(name: string, size: object, units: number, kernel: () => unknown, plain: () => unknown) {
  const times = { kernel: [] as number[], plain: [] as number[] }
  for (let round = -2; round < ROUNDS; round++) {
    const taken = { kernel: elapsed(kernel), plain: elapsed(plain) }
    if (round < 0) continue
    times.kernel.push(taken.kernel)
    times.plain.push(taken.plain)
  }
  const nanoseconds = { kernel: (median(times.kernel) * 1e3) / units, plain: (median(times.plain) * 1e3) / units }
  const ratio = nanoseconds.plain / nanoseconds.kernel
  const rounded = (x: number) => Math.round(x * 100) / 100
  console.log(
    JSON.stringify({
      bench: name,
      ...size,
      kernelNs: rounded(nanoseconds.kernel),
      plainNs: rounded(nanoseconds.plain),
      ratio: rounded(ratio),
    }),
  )
}

const simd = await shippedKernel()
const scalar = await shippedKernel("scalar")
const books = accounts()

for (const scenarioCount of [16, 64]) {
  const { instruments, scenarios } = market(scenarioCount)
  const cells = OPTIONS * scenarioCount
  const plain = () => plainRiskArrays(instruments, scenarios, 0.01)
  const riskSize = { options: OPTIONS, scenarios: scenarioCount }
  compare("risk-arrays", riskSize, cells, () => simd.riskArrays(instruments, scenarios, 0.01), plain)
  compare("risk-arrays-scalar", riskSize, cells, () => scalar.riskArrays(instruments, scenarios, 0.01), plain)
  const shifted = { ...scenarios, volatilityShift: new Float64Array(scenarioCount).fill(0.1) }
  compare(
    "risk-arrays-shifted-vol",
    riskSize,
    cells,
    () => simd.riskArrays(instruments, shifted, 0.01),
    () => plainRiskArrays(instruments, shifted, 0.01),
  )

  const { pnl } = simd.riskArrays(instruments, scenarios, 0.01)
  const bookSize = { accounts: ACCOUNTS, positions: books.lots.length, scenarios: scenarioCount }
  const plainBooks = () => plainWorstScenarios(pnl, scenarioCount, books)
  compare(
    "worst-scenarios",
    bookSize,
    books.lots.length,
    () => simd.worstScenarios(pnl, scenarioCount, books),
    plainBooks,
  )
  compare(
    "worst-scenarios-scalar",
    bookSize,
    books.lots.length,
    () => scalar.worstScenarios(pnl, scenarioCount, books),
    plainBooks,
  )
}
