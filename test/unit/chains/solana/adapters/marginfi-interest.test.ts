/**
 * Interest of a bank against a plain computation in floating point, over whole curves and long times.
 */
import fc from "fast-check"
import { expect, it } from "vitest"
import { accrued } from "../../../../../chains/solana/adapters/marginfi-interest.js"
import { decodeBank } from "../../../../../chains/solana/adapters/marginfi-layout.js"
import { i80f48 } from "../../../../../chains/solana/i80f48.js"
import { newKey } from "../../../../support/drive-solana-adapter.js"
import { type BankFields, encodeBank, fixed } from "../../../../support/marginfi-accounts.js"

const mint = newKey()
const real = (value: number) => i80f48(BigInt(Math.round(value * 2 ** 48)))
const numberOf = (value: bigint) => Number(value) / 2 ** 48
const bankOf = (fields: Partial<BankFields>) => decodeBank(encodeBank({ mint, decimals: 6, ...fields }))
const NO_FEES = { fixed: fixed(0n), rate: fixed(0n) }
const LENT = 1_000_000_000

const part = fc.double({ min: 0.01, max: 0.99, noNaN: true })
const seconds = fc.integer({ min: 1, max: 200_000_000 })

/** The base rate on lines between points. */
function rateOn(points: readonly (readonly [number, number])[], at: number): number {
  const end = Math.max(
    1,
    points.findIndex(([utilization]) => at <= utilization),
  )
  const [[x0, y0], [x1, y1]] = [points[end - 1] ?? [0, 0], points[end] ?? [1, 0]]
  return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0)
}

function checkAccrual(
  fields: Partial<BankFields>,
  base: number,
  utilization: number,
  elapsed: number,
  fees = { fixed: 0, rate: 0 },
) {
  const bank = bankOf({ ...fields, totalAssetShares: real(LENT), totalLiabilityShares: real(LENT * utilization) })
  const { assetShareValue, liabilityShareValue } = accrued(bank, NO_FEES, BigInt(elapsed))
  const years = elapsed / 31_536_000
  expect(numberOf(assetShareValue)).toBeCloseTo(1 + base * utilization * years, 5)
  expect(numberOf(liabilityShareValue)).toBeCloseTo(1 + (base * (1 + fees.rate) + fees.fixed) * years, 5)
  // Lenders never earn more than borrowers pay.
  const earned = numberOf(assetShareValue) - 1
  expect(earned).toBeLessThanOrEqual((numberOf(liabilityShareValue) - 1) * utilization + 1e-9)
}

it("follows the curve with one kink, and charges fees to borrowers", () => {
  fc.assert(
    fc.property(part, part, part, part, seconds, (optimal, utilization, plateau, feeRate, elapsed) => {
      const points = [
        [0, 0],
        [optimal, plateau],
        [1, plateau + 2],
      ] as const
      const kink = [real(optimal), real(plateau), real(plateau + 2)] as const
      const fees = [real(0.01), real(feeRate), real(0.02), real(0.1)] as const
      checkAccrual({ kink, fees }, rateOn(points, utilization), utilization, elapsed, {
        fixed: 0.03,
        rate: feeRate + 0.1,
      })
    }),
  )
})

it("follows the curve of seven points", () => {
  const rising = fc
    .uniqueArray(part, { minLength: 0, maxLength: 5 })
    .map(list => [...list].sort((a, b) => a - b).map((at, index) => [at, 0.1 * (index + 1)] as const))
  fc.assert(
    fc.property(rising, part, seconds, (between, utilization, elapsed) => {
      const points = {
        zero: u32(0.005),
        full: u32(0.1),
        between: between.map(([at, rate]) => [u32(at), u32(rate / 10)] as const),
      }
      const gaps = [0, ...between.map(([at]) => at), 1].map((at, index, all) => at - (all[index - 1] ?? -1))
      // Where two points all but meet, the line between them says nothing in floating point.
      fc.pre(gaps.every(gap => gap > 1e-3))
      checkAccrual({ points }, rateOn([[0, 0.05], ...between, [1, 1]], utilization), utilization, elapsed)
    }),
  )
})

it("stays at the last rate beyond full utilisation on the newer curve and goes on rising on the older one", () => {
  const overdrawn = { totalAssetShares: fixed(100n), totalLiabilityShares: fixed(150n) }
  const year = 31_536_000n
  const older = accrued(bankOf({ ...overdrawn, kink: [fixed(1n, 2n), fixed(1n), fixed(2n)] }), NO_FEES, year)
  expect(numberOf(older.liabilityShareValue)).toBe(4)
  const points = { zero: 0, full: u32(0.2), between: [] }
  const newer = accrued(bankOf({ ...overdrawn, points }), NO_FEES, year)
  expect(numberOf(newer.liabilityShareValue)).toBeCloseTo(3, 8)
})

function u32(value: number): number {
  return Math.round(value * (2 ** 32 - 1))
}
