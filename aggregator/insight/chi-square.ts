/**
 * Tail probabilities that backtests read: χ² with one and two degrees of freedom, and the binomial distribution.
 * Statistics, not money: these are doubles, and nothing attested depends on them.
 */

/**
 * P(X > x) of χ², to about 1e-15 relative to the smaller of it and 1.
 *
 * @throws RangeError when x is negative.
 */
export function chiSquareTail(x: number, degrees: 1 | 2): number {
  if (!(x >= 0)) throw new RangeError("χ² is never negative")
  return degrees === 2 ? Math.exp(-x / 2) : complementaryError(Math.sqrt(x / 2))
}

/** The x that χ² exceeds with the given probability, by bisection. @throws RangeError outside (0, 1). */
export function chiSquareCritical(tail: number, degrees: 1 | 2): number {
  if (!(tail > 0 && tail < 1)) throw new RangeError("a tail probability lies between 0 and 1")
  if (degrees === 2) return -2 * Math.log(tail)
  let [low, high] = [0, 1500]
  for (;;) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) return middle
    if (chiSquareTail(middle, 1) > tail) low = middle
    else high = middle
  }
}

/**
 * P(X ≤ k) of a binomial distribution, summed from logarithms so that long samples do not underflow at the start.
 *
 * @throws RangeError unless 0 ≤ k ≤ trials are whole and 0 < probability < 1.
 */
export function binomialCumulative(k: number, trials: number, probability: number): number {
  if (!Number.isInteger(k) || !Number.isInteger(trials) || k < 0 || k > trials)
    throw new RangeError("0 ≤ k ≤ trials, whole")
  if (!(probability > 0 && probability < 1)) throw new RangeError("a probability between 0 and 1")
  let logTerm = trials * Math.log1p(-probability)
  let sum = 0
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(logTerm)
    logTerm += Math.log(((trials - i) / (i + 1)) * (probability / (1 - probability)))
  }
  return Math.min(sum, 1)
}

/** erfc(x), x ≥ 0: the series of erf where it converges quickly, the continued fraction beyond. */
function complementaryError(x: number): number {
  if (x < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1)
      sum += term
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
  }
  let fraction = x
  for (let n = 80; n >= 1; n--) fraction = x + n / 2 / fraction
  return Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI))
}
