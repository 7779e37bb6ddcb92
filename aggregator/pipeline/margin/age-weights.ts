/**
 * How much each observation of a history weighs: the newer the more.
 */
import { ONE, type Ratio } from "../../domain/fixed.js"

/**
 * Boudoukh–Richardson–Whitelaw shares, newest first: λ^(i−1)·(1−λ)/(1−λⁿ), × 10^18, summing to 10^18 exactly.
 * What rounding leaves over goes to the newest, which weighs most.
 *
 * @param decay λ, 0 < λ ≤ 1; 1 is equal shares.
 * @throws RangeError for a decay outside (0, 1] or a count that is no positive whole number.
 */
export function ageWeightedShares(count: number, decay: Ratio): bigint[] {
  if (decay <= 0n || decay > ONE) throw new RangeError("the decay lies above 0 and is at most 1")
  if (!Number.isInteger(count) || count < 1) throw new RangeError("there is at least one scenario")
  // Twice the scale for the powers: a thousand truncated products must not reach the eighteenth place of a share.
  const scale = ONE * ONE
  const powers: bigint[] = []
  for (let i = 0, power = scale; i < count; i++, power = (power * decay) / ONE) powers.push(power)
  const whole = powers.reduce((sum, power) => sum + power, 0n)
  const shares = powers.map(power => (power * ONE) / whole)
  const rest = ONE - shares.reduce((sum, share) => sum + share, 0n)
  return shares.map((share, i) => (i === 0 ? share + rest : share))
}
