/**
 * Instruments and scenarios over the whole range the kernel is specified for, not only where markets usually are.
 * Sizes are drawn on a logarithmic scale, and the edges (no time, no volatility, at the money) come up often.
 */
import fc from "fast-check"
import { forwardOf, type Option, type Scenario } from "./reference-black76.js"

/** Between low and high, each order of magnitude as likely as any other. */
const magnitude = (low: number, high: number) =>
  fc
    .double({ min: Math.log(low), max: Math.log(high), noNaN: true })
    .map(exponent => Math.min(Math.max(Math.exp(exponent), low), high))

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const orElse = (edge: number, usual: fc.Arbitrary<number>) =>
  fc.oneof({ arbitrary: fc.constant(edge), weight: 1 }, { arbitrary: usual, weight: 5 })

/** T 1e-9 … 30 years or 0, σ 1e-4 … 5 or 0, K/F 1e-3 … 1e3 or exactly 1, F/S e^−1 … e, discounting down to e^−3. */
export const options = (kinds: readonly Option["kind"][]): fc.Arbitrary<Option> =>
  fc
    .record({
      kind: fc.constantFrom(...kinds),
      spot: magnitude(1e-4, 1e6),
      growth: orElse(0, between(-1, 1)),
      discounting: orElse(0, between(0, 3)),
      moneyness: orElse(1, magnitude(1e-3, 1e3)),
      volatility: orElse(0, magnitude(1e-4, 5)),
      timeToExpiry: orElse(0, magnitude(1e-9, 30)),
    })
    .map(({ growth, discounting, moneyness, ...option }) => {
      const horizon = Math.max(option.timeToExpiry, 1)
      const priced = { ...option, carry: growth / horizon, rate: discounting / horizon, strike: 1 }
      return { ...priced, strike: forwardOf(priced) * moneyness }
    })

/** Moves −99 % … +500 %, volatility scaled, shifted or switched off, time up to beyond expiry. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  priceMove: orElse(0, between(-0.99, 5)),
  volatilityFactor: orElse(1, fc.oneof(between(0, 4), fc.constant(0))),
  volatilityShift: orElse(0, between(-0.5, 0.5)),
  timeRoll: orElse(0, magnitude(1e-9, 40)),
  weight: fc.constantFrom(1, 0.33, 0.35),
})
