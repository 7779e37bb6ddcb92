/**
 * The joint moves that the shipped policies with a tail carry: drawn, not observed, and the same on every run.
 * Two-day moves from a Student t distribution with three degrees of freedom, correlated, volatility rising as prices fall.
 * Who has a history of the market puts that in their place; the format is the same.
 */
const TAIL_UNDERLYINGS = ["BTC", "ETH", "SOL"] as const
const DAILY = [0.032, 0.042, 0.055]
/** Lower triangle of the Cholesky factor of correlations 0.85, 0.75, 0.8. */
const FACTOR = [[1], [0.85, 0.526782687642636], [0.75, 0.308476883777, 0.585046]]
const COUNT = 256
const HORIZON_DAYS = 2

/** SplitMix32: a fixed seed gives a fixed sample. */
function uniforms(seed: number) {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

export function tailSample() {
  const uniform = uniforms(97_500)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const moves: string[][] = []
  const volatilityMoves: string[][] = []
  for (let i = 0; i < COUNT; i++) {
    const drawn = [normal(), normal(), normal()]
    // t(3), scaled to the variance of a normal: √((3 − 2) / 3) · z / √(χ²₃ / 3).
    const spread = Math.sqrt(1 / (normal() ** 2 + normal() ** 2 + normal() ** 2))
    const joint = FACTOR.map(row => row.reduce((sum, each, k) => sum + each * (drawn[k] ?? 0), 0) * spread)
    const row = joint.map((each, u) => Math.expm1(each * (DAILY[u] ?? 0) * Math.sqrt(HORIZON_DAYS)))
    moves.push(row.map(each => Math.max(-0.9, Math.min(each, 3)).toFixed(4)))
    volatilityMoves.push(row.map(each => Math.max(-0.5, Math.min(-1.5 * each + 0.5 * Math.abs(each), 2)).toFixed(3)))
  }
  return { underlyings: [...TAIL_UNDERLYINGS], moves, volatilityMoves }
}
