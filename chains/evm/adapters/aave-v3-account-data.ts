/**
 * The six figures of Aave v3's `getUserAccountData`, recomputed from a user's holdings as the protocol computes them:
 * the same cuts and the same roundings, so that a difference of one unit means something was misread.
 */
import { ONE, ratio, usd } from "../../../aggregator/domain/fixed.js"
import type { NativeFigure } from "../../../aggregator/domain/leg.js"
import { type Holding, VENUE } from "./aave-v3-account.js"
import type { AccountData, Reserve } from "./aave-v3-queries.js"

/** What a reserve counts by for one user: its own terms, or those of the e-mode category that both belong to. */
export interface Terms {
  /** In the base currency. */
  readonly price: bigint
  /** Basis points. */
  readonly loanToValue: bigint
  readonly liquidationThreshold: bigint
}

const BASIS = 10_000n
/** Half up, as the protocol's PercentageMath does. */
const percentMul = (value: bigint, basisPoints: bigint) => (value * basisPoints + BASIS / 2n) / BASIS
/** Half up, as the protocol's WadRayMath does. */
const wadDiv = (a: bigint, b: bigint) => (a * ONE + b / 2n) / b
const WITHOUT_DEBT = 2n ** 256n - 1n

/** @param termsOf what the market itself applies to the reserve for this user. */
export function accountDataOf(holdings: readonly Holding[], termsOf: (reserve: Reserve) => Terms): AccountData {
  let [collateral, debt, weightedLtv, weightedThreshold] = [0n, 0n, 0n, 0n]
  for (const { reserve, use, supplied, owed } of holdings) {
    const { price, loanToValue, liquidationThreshold } = termsOf(reserve)
    // Each balance × price is cut off to the base currency.
    const value = (amount: bigint) => (amount * price) / 10n ** BigInt(reserve.decimals)
    if (use.collateral && reserve.liquidationThreshold !== 0n) {
      collateral += value(supplied)
      // A reserve that nobody may borrow against stays so, also in e-mode.
      weightedLtv += value(supplied) * (reserve.loanToValue === 0n ? 0n : loanToValue)
      weightedThreshold += value(supplied) * liquidationThreshold
    }
    if (use.borrowed) debt += value(owed)
  }
  const average = (weighted: bigint) => (collateral === 0n ? 0n : weighted / collateral)
  const [ltv, threshold] = [average(weightedLtv), average(weightedThreshold)]
  const borrowable = percentMul(collateral, ltv)
  return {
    totalCollateralBase: collateral,
    totalDebtBase: debt,
    availableBorrowsBase: borrowable < debt ? 0n : borrowable - debt,
    currentLiquidationThreshold: threshold,
    ltv,
    healthFactor: debt === 0n ? WITHOUT_DEBT : wadDiv(percentMul(collateral, threshold), debt),
  }
}

/** The market's figures beside ours; no health factor where it would be infinite. @param baseUnit one US dollar in the base currency. */
export function nativeFigures(native: AccountData, recomputed: AccountData, baseUnit: bigint): NativeFigure[] {
  const figure = (name: keyof AccountData, as: (value: bigint) => NativeFigure["native"]): NativeFigure => ({
    venue: VENUE,
    name,
    native: as(native[name]),
    recomputed: as(recomputed[name]),
  })
  const dollars = (base: bigint) => usd((base * ONE) / baseUnit)
  const share = (basisPoints: bigint) => ratio((basisPoints * ONE) / BASIS)
  const owes = native.healthFactor !== WITHOUT_DEBT || recomputed.healthFactor !== WITHOUT_DEBT
  return [
    figure("totalCollateralBase", dollars),
    figure("totalDebtBase", dollars),
    figure("availableBorrowsBase", dollars),
    figure("currentLiquidationThreshold", share),
    figure("ltv", share),
    ...(owes ? [figure("healthFactor", ratio)] : []),
  ]
}
