/**
 * One hash over everything the kernel computes for a fixed, wide set of inputs: equal on two engines means equal bits.
 * Runs alone too: `node --import tsx test/support/reference-digest.ts` under any version of Node.
 */
import { createHash } from "node:crypto"
import { pathToFileURL } from "node:url"
import type { Lanes } from "../../wasm-core/kernel.js"
import { bookRows, instrumentColumns, scenarioColumns, shippedKernel } from "./kernel.js"
import type { Option, Scenario } from "./reference-black76.js"

const VOLATILITIES = [0, 1e-4, 0.05, 0.3, 0.8, 2, 5]
const TIMES = [0, 1e-9, 1 / 365, 0.25, 1, 30]
const MONEYNESS = [1e-3, 0.5, 0.9, 1, 1.0001, 1.3, 1e3]
const MOVES = [-0.99, -0.3, -0.05, 0, 0.05, 0.3, 5]

const options: Option[] = ([0, 1, 2] as const).flatMap(kind =>
  VOLATILITIES.flatMap(volatility =>
    TIMES.flatMap(timeToExpiry =>
      MONEYNESS.map(moneyness => {
        return { kind, spot: 3141.59, carry: 0.03, rate: 0.05, strike: 3141.59 * moneyness, volatility, timeToExpiry }
      }),
    ),
  ),
)
const scenarios: Scenario[] = MOVES.flatMap(priceMove =>
  [0, 0.01].flatMap(timeRoll =>
    [0, 0.1, -0.2].map(volatilityShift => {
      return { priceMove, volatilityFactor: 1.25, volatilityShift, timeRoll, weight: 0.33 }
    }),
  ),
)

/** SHA-256, hexadecimal, of values, risk arrays at a nano-dollar tick, worst scenarios and Greeks. */
export async function digestOfKernel(lanes: Lanes): Promise<string> {
  const kernel = await shippedKernel(lanes)
  const instruments = instrumentColumns(options)
  const { pnl, value } = kernel.riskArrays(instruments, scenarioColumns(scenarios), 1e-9)
  const books = options.map((_, i) => [
    { instrument: i, lots: 7 },
    { instrument: (i * 31) % options.length, lots: -5 },
  ])
  const worst = kernel.worstScenarios(pnl, scenarios.length, bookRows(books))
  const greeks = kernel.greeks(instruments)
  const hash = createHash("sha256")
  for (const column of [value, pnl, worst.pnl, worst.scenario, ...Object.values(greeks)]) {
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
  }
  return hash.digest("hex")
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  console.log(process.version, await digestOfKernel("simd"), await digestOfKernel("scalar"))
}
