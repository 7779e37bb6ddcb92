/**
 * What share of a holding counts and by how much a debt counts more, after scaling by totals and the size premium.
 * Holdings are rounded down, debts up; only a policy's coarser steps are cut towards zero, as the venue cuts them.
 */
import { divide, maxOf, minOf, ONE, type Price, type Quantity, type Ratio, ratio } from "../../domain/fixed.js"
import { integerRoot } from "../../domain/integer-root.js"
import type { WeightedAsset, WeightSet, WeightSteps } from "../../domain/weighted-health.js"

/** How much of a holding counts, before its own size. */
interface HoldingTerms {
  readonly assetWeight: Ratio
  readonly sizePremium: Ratio
  readonly steps: WeightSteps | null
}

/** The weights of one asset at one threshold, before the size of the account's own position. */
export interface WeightTerms extends HoldingTerms {
  readonly liabilityWeight: Ratio
}

/** Counted sizes are units × 10^36, so that a product of two fixed-point numbers needs no rounding. */
export const COUNTED = ONE * ONE

/** Towards zero in whole steps. */
const cut = (value: bigint, step: bigint) => (value / step) * step

/**
 * Asset weight · start / deposits once the value of all deposits passes the start, rounded down.
 * Liability weight · borrows / start once the value of all borrows passes the start, rounded up.
 *
 * @param high The price that makes totals largest: the pessimistic side for both weights.
 */
export function termsOf(
  asset: WeightedAsset,
  weights: WeightSet,
  totals: { readonly deposits: Quantity; readonly borrows: Quantity } | null,
  high: Price,
  steps: WeightSteps | null,
): WeightTerms {
  const assetWeight = asset.assetWeight[weights]
  const liabilityWeight = asset.liabilityWeight[weights]
  const step = steps?.weight ?? 1n
  const deposited = totals && asset.depositScaleStart !== null ? divide(totals.deposits * high, ONE, "up") : 0n
  const borrowed = totals && asset.borrowScaleStart !== null ? divide(totals.borrows * high, ONE, "up") : 0n
  const depositStart = asset.depositScaleStart ?? 0n
  const borrowStart = asset.borrowScaleStart ?? 0n
  return {
    assetWeight:
      deposited > depositStart ? ratio(cut(divide(assetWeight * depositStart, deposited, "down"), step)) : assetWeight,
    liabilityWeight:
      borrowed > borrowStart ? ratio(divide(liabilityWeight * borrowed, borrowStart, "up")) : liabilityWeight,
    sizePremium: asset.sizePremium,
    steps,
  }
}

/**
 * min(w, 1.1 / (1 + k·√size)), rounded down.
 *
 * @param size ≥ 0, units.
 */
export function assetWeightAt(size: Quantity, terms: HoldingTerms): Ratio {
  const { assetWeight, sizePremium, steps } = terms
  if (sizePremium === 0n) return assetWeight
  const premium = premiumAt(size, sizePremium, steps, "asset")
  const discounted = divide(11n * ONE * ONE, 10n * (ONE + premium), "down")
  return minOf(assetWeight, ratio(cut(discounted, steps?.weight ?? 1n)))
}

/** max(w, 0.8·w + k·√size), rounded up. */
export function liabilityWeightAt(size: Quantity, { liabilityWeight, sizePremium, steps }: WeightTerms): Ratio {
  return withSizePremium(liabilityWeight, size, sizePremium, steps)
}

/** max(base, 0.8·base + k·√size), rounded up: for liability weights and for the margin of a perpetual. */
export function withSizePremium(base: Ratio, size: Quantity, sizePremium: Ratio, steps: WeightSteps | null): Ratio {
  if (sizePremium === 0n) return base
  const premium = premiumAt(size, sizePremium, steps, "liability")
  const discount = cut(base / 5n, steps?.weight ?? 1n)
  return maxOf(base, ratio(base - discount + cut(premium, steps?.weight ?? 1n)))
}

/**
 * Units of a holding that count, × 10^36, rounded down.
 *
 * Never falls as the size grows when the policy has no coarser steps: the size premium's share is taken of the squared
 * root, 1.1·r²/(1 + k·r), which rises with r and never exceeds what the exact root would give.
 */
export function countedHolding(size: Quantity, terms: HoldingTerms): bigint {
  if (terms.sizePremium === 0n || terms.steps) return size * assetWeightAt(size, terms)
  const root = integerRoot(size * ONE ** 3n, "down")
  const discounted = divide(11n * root * root * ONE, 10n * (ONE ** 3n + terms.sizePremium * root), "down")
  return discounted < size * terms.assetWeight ? discounted : size * terms.assetWeight
}

/** Units that a debt counts as, × 10^36, rounded up. */
export const countedDebt = (size: Quantity, terms: WeightTerms): bigint => size * liabilityWeightAt(size, terms)

/** k·√size × 10^18, rounded up, which worsens both weights; or cut in the policy's steps. */
function premiumAt(size: Quantity, factor: Ratio, steps: WeightSteps | null, side: "asset" | "liability"): bigint {
  if (!steps) return divide(factor * integerRoot(size * ONE, "up"), ONE, "up")
  const root = cut(integerRoot(size * ONE, "down"), steps.root)
  return cut((factor * root) / ONE, side === "asset" ? steps.premium : steps.weight)
}
