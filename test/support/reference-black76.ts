/**
 * A second implementation of what the kernel's risk arrays mean, for tests: slow, plain, and sharing no formula with it.
 * The textbook form of Black (1976), with erfc from its series and its continued fraction (Abramowitz & Stegun 7.1.6, 7.1.14).
 */

export interface Option {
  readonly kind: 0 | 1 | 2
  readonly spot: number
  readonly carry: number
  readonly rate: number
  readonly strike: number
  readonly volatility: number
  readonly timeToExpiry: number
}

export interface Scenario {
  readonly priceMove: number
  readonly volatilityFactor: number
  readonly volatilityShift: number
  readonly timeRoll: number
  readonly weight: number
}

/** Complementary error function; absolute error below 3e-16 (checked against 60-digit values in its own test). */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x)
  if (x > 27) return 0
  return x < 2 ? 1 - erfSeries(x) : erfcFraction(x)
}

/** 2/√π · e^(−x²) · Σ 2ⁿx^(2n+1)/(1·3·…·(2n+1)): every term positive, so nothing cancels. */
function erfSeries(x: number): number {
  let term = x
  let sum = x
  for (let n = 1; term > sum * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

/** e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …)))), evaluated from the far end. */
function erfcFraction(x: number): number {
  let tail = x
  for (let n = 120; n > 0; n--) tail = x + n / 2 / tail
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail
}

const normalCdf = (x: number) => erfc(-x / Math.SQRT2) / 2

export const forwardOf = ({ spot, carry, timeToExpiry }: Option) => spot * Math.exp(carry * timeToExpiry)

/** Value of +1 long on a given forward, USD. */
function black76(option: Option, forward: number): number {
  const { kind, strike, volatility, timeToExpiry } = option
  const discount = Math.exp(-option.rate * timeToExpiry)
  if (kind === 0) return discount * forward
  const sign = kind === 1 ? 1 : -1
  const width = volatility * Math.sqrt(timeToExpiry)
  if (width === 0) return discount * Math.max(sign * (forward - strike), 0)
  const d1 = Math.log(forward / strike) / width + width / 2
  const d2 = d1 - width
  return discount * sign * (forward * normalCdf(sign * d1) - strike * normalCdf(sign * d2))
}

/** Value of +1 long now, USD. */
export const presentValue = (option: Option): number => black76(option, forwardOf(option))

/** Value after a scenario: the forward moved, volatility stressed, less time and so less discounting. */
function stressedValue(option: Option, scenario: Scenario): number {
  const volatility = Math.max(option.volatility * scenario.volatilityFactor + scenario.volatilityShift, 0)
  const timeToExpiry = Math.max(option.timeToExpiry - scenario.timeRoll, 0)
  return black76({ ...option, volatility, timeToExpiry }, forwardOf(option) * (1 + scenario.priceMove))
}

/** Weighted P&L of +1 long, USD, unrounded. */
export const stressedPnl = (option: Option, scenario: Scenario): number =>
  scenario.weight * (stressedValue(option, scenario) - presentValue(option))

/** Derivatives of the value of +1 long on the forward: textbook, through N and its density, where σ√T > 0. */
export function referenceGreeks(option: Option) {
  const { kind, strike, volatility, timeToExpiry, rate } = option
  const forward = forwardOf(option)
  const discount = Math.exp(-rate * timeToExpiry)
  const value = black76(option, forward)
  if (kind === 0) return { value, delta: discount, gamma: 0, vega: 0, theta: (rate * value) / 365 }
  const sign = kind === 1 ? 1 : -1
  const root = Math.sqrt(timeToExpiry)
  const d1 = Math.log(forward / strike) / (volatility * root) + (volatility * root) / 2
  const density = (discount * Math.exp(-(d1 * d1) / 2)) / Math.sqrt(2 * Math.PI)
  return {
    value,
    delta: sign * discount * normalCdf(sign * d1),
    gamma: density / (forward * volatility * root),
    vega: forward * density * root,
    theta: ((-forward * density * volatility) / (2 * root) + rate * value) / 365,
  }
}
