/**
 * The kernel's mathematics as a careful JavaScript programmer would write it: typed arrays, everything that can be
 * hoisted is hoisted, the same rational function for the tails, but two exponentials and no vectors.
 */
import type {
  BookRows,
  InstrumentColumns,
  RiskArrays,
  ScenarioColumns,
  WorstScenarios,
} from "../../wasm-core/kernel.js"

/** N(d), with erfcx(z/√2) as a monic rational. */
function normalCdf(d: number): number {
  const z = Math.abs(d)
  const p =
    (((((z + 19.862471497351436) * z + 180.7655563254852) * z + 961.7846061532003) * z + 3178.667344446828) * z +
      6273.894465672666) *
      z +
    6245.446826908378
  const q =
    ((((((z + 19.863596710821056) * z + 181.75343316559722) * z + 981.870898372128) * z + 3355.4887285658874) * z +
      7211.223582153754) *
      z +
      8981.983503924705) *
      z +
    4983.237161288837
  const tail = 0.5 * Math.exp(-0.5 * z * z) * 0.7978992215286604 * (p / q)
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
  const at = (column: Float64Array, index: number) => column[index] ?? Number.NaN
  for (let i = 0; i < n; i++) {
    const sign = kind[i] === 1 ? 1 : -1
    const time = at(timeToExpiry, i)
    const sigma = at(volatility, i)
    const forward = at(spot, i) * Math.exp(at(carry, i) * time)
    const x = Math.log(forward / at(strike, i))
    const price = (lnMove: number, moved: number, stressed: number, root: number, discount: number) => {
      const width = stressed * root
      const d1 = (x + lnMove) / width + 0.5 * width
      const d2 = d1 - width
      return sign * discount * (moved * normalCdf(sign * d1) - at(strike, i) * normalCdf(sign * d2))
    }
    const base = price(0, forward, sigma, Math.sqrt(time), Math.exp(-at(rate, i) * time))
    value[i] = base
    let roll = Number.NaN
    let root = 0
    let discount = 1
    for (let j = 0; j < s; j++) {
      if (at(timeRoll, j) !== roll) {
        roll = at(timeRoll, j)
        const remaining = Math.max(time - roll, 0)
        root = Math.sqrt(remaining)
        discount = Math.exp(-at(rate, i) * remaining)
      }
      const stressed = Math.max(sigma * at(volatilityFactor, j) + at(volatilityShift, j), 0)
      const moved = forward * (1 + at(priceMove, j))
      const ticks = (price(at(logMove, j), moved, stressed, root, discount) - base) * at(scale, j)
      pnl[i * s + j] = Math.trunc(ticks + (ticks < 0 ? -0.5 : 0.5))
    }
  }
  return { pnl, value }
}

export function plainWorstScenarios(
  table: Float64Array,
  scenarioCount: number,
  { rowStart, instrument, lots }: BookRows,
): WorstScenarios {
  const rows = rowStart.length - 1
  const pnl = new Float64Array(rows)
  const scenario = new Uint32Array(rows)
  const sums = new Float64Array(scenarioCount)
  for (let row = 0; row < rows; row++) {
    sums.fill(0)
    const end = rowStart[row + 1] ?? 0
    for (let p = rowStart[row] ?? 0; p < end; p++) {
      const quantity = lots[p] ?? Number.NaN
      const start = (instrument[p] ?? 0) * scenarioCount
      for (let j = 0; j < scenarioCount; j++) sums[j] = (sums[j] ?? 0) + quantity * (table[start + j] ?? Number.NaN)
    }
    let worst = sums[0] ?? 0
    let at = 0
    for (let j = 1; j < scenarioCount; j++) {
      const sum = sums[j] ?? 0
      if (sum < worst) {
        worst = sum
        at = j
      }
    }
    pnl[row] = worst
    scenario[row] = at
  }
  return { pnl, scenario }
}
