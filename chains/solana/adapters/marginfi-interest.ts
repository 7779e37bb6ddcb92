/**
 * Interest of a marginfi bank since its last update, computed as the program will compute it with its next instruction:
 * simple interest at the rate of the present utilisation, borrowers paying the fees on top. Exact, so both sides accrue.
 */
import { minOf } from "../../../aggregator/domain/fixed.js"
import { type I80F48, i80f48At, minus, ONE, over, plus, times, wholeI80F48, ZERO } from "../i80f48.js"
import { LayoutError } from "../layout.js"

/** What borrowers pay beyond the base rate: a part of that rate, and a yearly rate. */
export interface Fees {
  readonly rate: I80F48
  readonly fixed: I80F48
}

/** A yearly base rate at a utilisation; rates between two points lie on the line between them. */
interface RatePoint {
  readonly utilization: I80F48
  readonly rate: I80F48
}

export interface Interest {
  /** First 0, last 1 or where the curve ends. */
  readonly curve: readonly RatePoint[]
  /** The older curve goes on rising beyond full utilisation, the newer one stays at its last rate. */
  readonly isBounded: boolean
  readonly fees: Fees
}

/** What one share is worth, in raw units of the bank's mint. */
export interface ShareValues {
  readonly assetShareValue: I80F48
  readonly liabilityShareValue: I80F48
}

/** What of a bank decides its interest. */
export interface Lending extends ShareValues {
  readonly totalLiabilityShares: I80F48
  readonly totalAssetShares: I80F48
  /** Unix seconds. */
  readonly lastUpdate: bigint
  readonly interest: Interest
}

const WHAT = "marginfi rate model"
const SECONDS_PER_YEAR = wholeI80F48(31_536_000n)
const U32_END = wholeI80F48(2n ** 32n - 1n)
const POINTS = { offset: 136, count: 5, length: 8 }
const CURVE_TYPE_OFFSET = 176

/**
 * optimal utilisation 0 · rate there 16 · highest rate 32 · insurance fee fixed 48, rate 64 · group fee fixed 80, rate 96 ·
 * … · rates at 0 u32 128 and at 1 u32 132 · five {utilisation u32, rate u32} 136 · curve type u8 176: which of the two counts.
 *
 * @throws LayoutError when the type is unknown.
 */
export function decodeInterest(view: DataView, offset: number): Interest {
  const at = (field: number) => i80f48At(view, offset + field)
  const fees = { fixed: plus(at(48), at(80)), rate: plus(at(64), at(96)) }
  const type = view.getUint8(offset + CURVE_TYPE_OFFSET)
  if (type > 1) throw new LayoutError(WHAT, `unknown curve type ${type}`)
  const isBounded = type === 1
  const kinked = [
    { utilization: ZERO, rate: ZERO },
    { utilization: at(0), rate: at(16) },
    { utilization: ONE, rate: at(32) },
  ]
  return { curve: isBounded ? pointsAt(view, offset) : kinked, isBounded, fees }
}

/** Points without a utilisation are not used. */
function pointsAt(view: DataView, offset: number): readonly RatePoint[] {
  const utilization = (at: number) => over(wholeI80F48(BigInt(view.getUint32(offset + at, true))), U32_END)
  const rate = (at: number) => rateOfU32(BigInt(view.getUint32(offset + at, true)))
  const between = Array.from({ length: POINTS.count }, (_, index) => POINTS.offset + index * POINTS.length)
    .map(at => ({ utilization: utilization(at), rate: rate(at + 4) }))
    .filter(point => point.utilization !== ZERO)
  return [{ utilization: ZERO, rate: rate(128) }, ...between, { utilization: ONE, rate: rate(132) }]
}

/** A rate stored as a part of 1000 %. */
export const rateOfU32 = (part: bigint): I80F48 => times(over(wholeI80F48(part), U32_END), wholeI80F48(10n))

/** Seconds as a part of a year. */
export const yearsOf = (seconds: bigint): I80F48 => over(wholeI80F48(seconds), SECONDS_PER_YEAR)

/**
 * The share values at a time.
 *
 * @param programFees of the bank's group.
 * @param now unix seconds of the state in which the bank was read.
 * @throws LayoutError where the program itself would refuse to compute.
 */
export function accrued(bank: Lending, programFees: Fees, now: bigint): ShareValues {
  const elapsed = now - bank.lastUpdate
  if (elapsed < 0n) throw new LayoutError("marginfi bank", `updated ${-elapsed} s after the state it is in`)
  const assets = times(bank.totalAssetShares, bank.assetShareValue)
  const liabilities = times(bank.totalLiabilityShares, bank.liabilityShareValue)
  if (elapsed === 0n || assets === 0n || liabilities === 0n) return bank
  const utilization = over(liabilities, assets)
  const base = baseRate(bank.interest, utilization)
  const { fees } = bank.interest
  const borrowing = plus(times(base, plus(ONE, fees.rate, programFees.rate)), fees.fixed, programFees.fixed)
  if (borrowing < 0n) throw new LayoutError(WHAT, "borrowers would be paid")
  const grown = (value: I80F48, yearly: I80F48) =>
    times(value, plus(ONE, over(times(yearly, wholeI80F48(elapsed)), SECONDS_PER_YEAR)))
  return {
    assetShareValue: grown(bank.assetShareValue, times(base, utilization)),
    liabilityShareValue: grown(bank.liabilityShareValue, borrowing),
  }
}

/** The rate on the line between the two points around a utilisation. */
function baseRate({ curve, isBounded }: Interest, utilization: I80F48): I80F48 {
  const at = isBounded ? minOf(utilization, ONE) : utilization
  const end = curve.findIndex((point, index) => index > 0 && at <= point.utilization)
  // Beyond the last point (−1) the last line goes on.
  const [from, to] = [curve.at(end - 1), curve.at(end)]
  if (!from || !to || to.rate < from.rate) throw new LayoutError(WHAT, "the rate falls with utilisation")
  if (to.utilization <= from.utilization) return from.rate
  const part = over(minus(at, from.utilization), minus(to.utilization, from.utilization))
  return plus(from.rate, times(part, minus(to.rate, from.rate)))
}
