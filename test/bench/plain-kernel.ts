/**
 * What the kernel computes as a careful JavaScript programmer would write it: typed arrays, everything that can be
 * hoisted is hoisted, N(d) as one exponential and a rational function, as exact as the kernel's table to 1e-14; rounded
 * to ticks in the same way. It has no table, no vectors, and does not check its inputs or a row's largest tick.
 */
import type {
  BookRows,
  InstrumentColumns,
  RiskArrays,
  ScenarioColumns,
  WorstScenarios,
} from "../../wasm-core/kernel.js"

/** Reads without a check: every index below is in range. */
const at = (column: Float64Array | Uint32Array, index: number) => column[index] as number

/** N(d), with erfcx(z/√2) as a monic rational. */
function normalCdf(d: number): number {
  const z = Math.abs(d)
  const p =
    ((((z + 15.780867825552725) * z + 111.67432926786991) * z + 444.86658413994707) * z + 1005.6701180682103) * z +
    1144.0582043942459
  const q =
    (((((z + 15.775754636352291) * z + 112.71863794411881) * z + 460.00676026121994) * z + 1119.7745647981662) * z +
      1530.5784995452032) *
      z +
    912.7308251613097
  const tail = 0.5 * Math.exp(-0.5 * z * z) * 0.7978010398907737 * (p / q)
  return d > 0 ? 1 - tail : tail
}

export function plainRiskArrays(
  { kind, spot, carry, rate, strike, volatility, timeToExpiry }: InstrumentColumns,
  { priceMove, volatilityFactor, volatilityShift, timeRoll, weight }: ScenarioColumns,
  tick: number,
): RiskArrays {
  const n = kind.length
  const s = priceMove.length
  const pnl = new Float64Array(n * s)
  const value = new Float64Array(n)
  const logMove = priceMove.map(Math.log1p)
  const scale = weight.map(share => share / tick)
  for (let i = 0; i < n; i++) {
    const sign = kind[i] === 1 ? 1 : -1
    const time = at(timeToExpiry, i)
    const sigma = at(volatility, i)
    const k = at(strike, i)
    const forward = at(spot, i) * Math.exp(at(carry, i) * time)
    const x = Math.log(forward / k)
    const price = (lnMove: number, moved: number, stressed: number, root: number, discount: number) => {
      const width = stressed * root
      const d1 = (x + lnMove) / width + 0.5 * width
      const d2 = d1 - width
      return sign * discount * (moved * normalCdf(sign * d1) - k * normalCdf(sign * d2))
    }
    const rootNow = Math.sqrt(time)
    const discountNow = Math.exp(-at(rate, i) * time)
    const base = price(0, forward, sigma, rootNow, discountNow)
    value[i] = base
    let roll = 0
    let root = rootNow
    let discount = discountNow
    for (let j = 0; j < s; j++) {
      if (at(timeRoll, j) !== roll) {
        roll = at(timeRoll, j)
        const remaining = Math.max(time - roll, 0)
        root = Math.sqrt(remaining)
        discount = Math.exp(-at(rate, i) * remaining)
      }
      const stressed = Math.max(sigma * at(volatilityFactor, j) + at(volatilityShift, j), 0)
      const ticks =
        (price(at(logMove, j), forward * (1 + at(priceMove, j)), stressed, root, discount) - base) * at(scale, j)
      pnl[i * s + j] = Math.trunc(ticks + (ticks < 0 ? -0.5 : 0.5))
    }
  }
  return { pnl, value }
}

/** Value, delta, gamma, vega, theta, a column each. */
export function plainGreeks({ kind, spot, carry, rate, strike, volatility, timeToExpiry }: InstrumentColumns) {
  const n = kind.length
  const columns = Array.from({ length: 5 }, () => new Float64Array(n))
  const [value, delta, gamma, vega, theta] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  for (let i = 0; i < n; i++) {
    const sign = kind[i] === 1 ? 1 : -1
    const time = at(timeToExpiry, i)
    const sigma = at(volatility, i)
    const k = at(strike, i)
    const forward = at(spot, i) * Math.exp(at(carry, i) * time)
    const discount = Math.exp(-at(rate, i) * time)
    const root = Math.sqrt(time)
    const width = sigma * root
    const d1 = Math.log(forward / k) / width + 0.5 * width
    const worth = sign * discount * (forward * normalCdf(sign * d1) - k * normalCdf(sign * (d1 - width)))
    const density = discount * 0.3989422804014327 * Math.exp(-0.5 * d1 * d1)
    value[i] = worth
    delta[i] = sign * discount * normalCdf(sign * d1)
    gamma[i] = density / (forward * width)
    vega[i] = forward * density * root
    theta[i] = ((-0.5 * forward * density * sigma) / root + at(rate, i) * worth) / 365
  }
  return columns
}

/** Adds one row's lots × ticks to `sums`. */
function addRow(
  table: Float64Array,
  scenarioCount: number,
  { rowStart, instrument, lots }: BookRows,
  row: number,
  sums: Float64Array,
): void {
  sums.fill(0)
  const end = at(rowStart, row + 1)
  for (let p = at(rowStart, row); p < end; p++) {
    const quantity = at(lots, p)
    const start = at(instrument, p) * scenarioCount
    for (let j = 0; j < scenarioCount; j++) sums[j] = at(sums, j) + quantity * at(table, start + j)
  }
}

export function plainWorstScenarios(table: Float64Array, scenarioCount: number, books: BookRows): WorstScenarios {
  const rows = books.rowStart.length - 1
  const pnl = new Float64Array(rows)
  const scenario = new Uint32Array(rows)
  const sums = new Float64Array(scenarioCount)
  for (let row = 0; row < rows; row++) {
    addRow(table, scenarioCount, books, row, sums)
    let worst = at(sums, 0)
    let first = 0
    for (let j = 1; j < scenarioCount; j++) {
      if (at(sums, j) < worst) {
        worst = at(sums, j)
        first = j
      }
    }
    pnl[row] = worst
    scenario[row] = first
  }
  return { pnl, scenario }
}

/** Sum of the `depth` lowest of each row, by sorting. */
export function plainTails(table: Float64Array, scenarioCount: number, books: BookRows, depth: number): Float64Array {
  const tails = new Float64Array(books.rowStart.length - 1)
  const sums = new Float64Array(scenarioCount)
  for (let row = 0; row < tails.length; row++) {
    addRow(table, scenarioCount, books, row, sums)
    sums.sort()
    let tail = 0
    for (let j = 0; j < depth; j++) tail += at(sums, j)
    tails[row] = tail
  }
  return tails
}
