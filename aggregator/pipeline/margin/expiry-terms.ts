/**
 * What one expiry contributes to every position in it: time left, the part of the forward still open, discounts, and how
 * much of a relative volatility move it feels.
 */
import { toNumber } from "../../domain/decimal.js"
import { UnsupportedByPolicyError } from "../../domain/errors.js"
import { divide, ONE, type Price, price, type Ratio, ratio } from "../../domain/fixed.js"
import type { BookMarket, ExpiryMarket } from "../../domain/margin-book.js"
import type { Methodology, TermRule, ValueDiscount } from "../../domain/methodology.js"
import type { RiskKernel } from "../../domain/ports.js"
import { ratioFrom } from "./double.js"

export interface ExpiryTerms {
  readonly market: ExpiryMarket
  readonly years: number
  /** Share of the forward that still moves. */
  readonly open: number
  /** Continuously compounded, ≥ 0; 0 where the methodology does not discount. */
  readonly rate: number
  /** x of the term rule; 1 without one. */
  readonly volatilityTerm: number
  /** What a value that is owned, or owed, after a scenario is multiplied by. */
  readonly ownedFactor: Ratio
  readonly owedFactor: Ratio
}

const SECONDS_PER_DAY = 86_400
const SECONDS_PER_YEAR = 365 * SECONDS_PER_DAY

/**
 * Factors on owned values are rounded down, on owed values up; years and rates are the nearest doubles.
 *
 * @param own the curve to take instead of the unit's
 * @throws UnsupportedByPolicyError when the market quotes no forward for the expiry.
 */
export function expiryTerms(
  kernel: RiskKernel,
  method: Methodology,
  market: BookMarket,
  { underlying: unit, expiry }: { readonly underlying: string; readonly expiry: number },
  own?: ExpiryMarket,
): ExpiryTerms {
  const quoted = own ?? market.units.get(unit)?.expiries.get(expiry)
  if (!quoted)
    throw new UnsupportedByPolicyError(method.name, `${unit} expiring at ${expiry}: the market has no forward`)
  const seconds = Math.max(0, expiry - market.valuationTime)
  const years = seconds / SECONDS_PER_YEAR
  const rate = Math.max(0, toNumber(quoted.rate))
  const { owned, owed } = method.valueDiscounts
  return {
    market: quoted,
    years,
    open: toNumber(divide((quoted.forward - fixedPart(quoted, seconds, method)) * ONE, quoted.forward, "down")),
    rate: method.discounting ? rate : 0,
    volatilityTerm: method.termRule ? termFactor(kernel, method.termRule, seconds / SECONDS_PER_DAY) : 1,
    ownedFactor: owned ? ratioFrom(discounted(kernel, owned, rate, -years), "down") : ratio(ONE),
    owedFactor: owed ? ratioFrom(owedDiscount(kernel, owed, rate, years, method), "up") : ratio(ONE),
  }
}

function fixedPart(quoted: ExpiryMarket, seconds: number, { settlementWindow }: Methodology): Price {
  if (quoted.fixed !== null) return quoted.fixed
  if (seconds >= settlementWindow) return price(0n)
  return price((quoted.forward * BigInt(settlementWindow - seconds)) / BigInt(settlementWindow))
}

/** x^p as e^(p · ln x), both the kernel's own. */
function termFactor(kernel: RiskKernel, rule: TermRule, days: number): number {
  const pivot = toNumber(rule.pivotDays)
  const power = toNumber(days <= pivot ? rule.shortPower : rule.longPower)
  return kernel.exp(power * kernel.log(pivot / Math.max(days, toNumber(rule.floorDays))))
}

const discounted = (kernel: RiskKernel, discount: ValueDiscount, rate: number, years: number) =>
  toNumber(discount.base) *
  kernel.exp(years * (rate * toNumber(discount.rateMultiplier) + toNumber(discount.rateAddition)))

/** Never more than undoing the discount that the value carries already. */
function owedDiscount(kernel: RiskKernel, owed: ValueDiscount, rate: number, years: number, method: Methodology) {
  const undone = method.discounting ? kernel.exp(rate * years) : 1
  return Math.min(undone, discounted(kernel, owed, rate, years))
}
