/**
 * What a signed amount of an asset adds to health: a holding rounded down, a debt up in size.
 */
import { divide, quantity, type Usd, usd } from "../../domain/fixed.js"
import type { AssetView } from "./view.js"
import { COUNTED, countedDebt, countedHolding } from "./weights.js"

/** Amount × price × weight; ≥ 0 for a holding, ≤ 0 for a debt. */
export function contribution(amount: bigint, { low, high, terms }: AssetView): Usd {
  if (amount < 0n) return usd(-divide(countedDebt(quantity(-amount), terms) * high, COUNTED, "up"))
  return usd(divide(countedHolding(quantity(amount), terms) * low, COUNTED, "down"))
}
