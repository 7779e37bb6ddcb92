/**
 * A second implementation of what a methodology document means, for tests: plain doubles, one loop inside another,
 * sharing nothing with the engine but the parsed document.
 */
import { parseDecimal, toNumber } from "../../aggregator/domain/decimal.js"
import { ratio } from "../../aggregator/domain/fixed.js"
import type { Book, BookMarket, HeldPosition } from "../../aggregator/domain/margin-book.js"
import type { Methodology, StressScenario } from "../../aggregator/domain/methodology.js"
import { presentValue } from "./reference-black76.js"

const DAY = 86_400

interface Group {
  readonly expiry: number | null
  readonly options: boolean
  readonly positions: HeldPosition[]
}

export interface ReferenceResult {
  readonly pnl: ReadonlyMap<string, number[]>
  readonly optionValue: number
  /** Σ units of the worst loss. */
  readonly scanningLoss: number
  readonly basisLoss: number
  /** Expected shortfall over the tail's joint moves, ≥ 0. */
  readonly shortfall: number
}

const number = (x: bigint | undefined) => toNumber(x ?? 0n)

export function referenceAssessment(method: Methodology, book: Book, market: BookMarket): ReferenceResult {
  const pnl = new Map<string, number[]>()
  let optionValue = 0
  let scanningLoss = 0
  let basisLoss = 0
  for (const unit of new Set(book.positions.map(each => each.instrument.underlying))) {
    const groups = groupsOf(book.positions.filter(each => each.instrument.underlying === unit))
    const value = (group: Group, move: number, scenario: StressScenario | null) =>
      group.positions.reduce(
        (sum, each) => sum + number(each.quantity) * presentOf(each, move, scenario, unit, method, market),
        0,
      )
    const sums = method.scenarios.map(scenario => {
      const move = number(scenario.price) * number(method.scanRanges.get(unit)?.price ?? 10n ** 18n)
      let total = 0
      for (const group of groups) {
        const before = group.options ? value(group, 0, null) : 0
        const after = value(group, move, scenario) - (group.options ? 0 : value(group, 0, null))
        const counted = group.options ? after * discountOn(after, group, unit, method, market) : after
        const paid = method.settlement === "coin" ? counted / (1 + move) : counted
        const change = paid - before
        total +=
          (scenario.volatility?.kind === "skew" && group.options ? -Math.abs(change) : change) * number(scenario.weight)
      }
      const damp = number(scenario.dampener)
      return Math.sign(total) * Math.max(0, Math.abs(total) - damp)
    })
    pnl.set(unit, sums)
    optionValue += groups.filter(each => each.options).reduce((sum, each) => sum + value(each, 0, null), 0)
    scanningLoss += Math.max(0, ...sums.map(each => -each))
    for (const charge of method.charges) {
      if (charge.kind !== "basis") continue
      for (const expiry of new Set(groups.flatMap(each => each.expiry ?? []))) {
        const members = groups.filter(each => each.expiry === expiry)
        const change = (move: bigint) =>
          members.reduce((sum, each) => sum + value(each, number(move), null) - value(each, 0, null), 0)
        const years = (expiry - market.valuationTime) / (365 * DAY)
        const worst = Math.min(change(charge.up), change(charge.down), 0)
        basisLoss -= worst * (number(charge.addition) + number(charge.perYear) * years)
      }
    }
  }
  return { pnl, optionValue, scanningLoss, basisLoss, shortfall: shortfallOf(method, book, market) }
}

/** Sorts all outcomes and walks down from the worst until the tail is full. */
function shortfallOf(method: Methodology, book: Book, market: BookMarket): number {
  const { tail } = method
  if (!tail) return 0
  const decay = tail.decay === null ? 1 : number(tail.decay)
  const raw = tail.moves.map((_, i) => decay ** i)
  const whole = raw.reduce((a, b) => a + b, 0)
  const outcomes = tail.moves.map((moves, i) => {
    const loss = book.positions.reduce((sum, each) => {
      const unit = each.instrument.underlying
      const move = moves.get(unit)
      const volatility = number(each.volatility) * (1 + number(move?.volatility))
      const moved = { ...each, volatility: ratio(parseDecimal(volatility.toFixed(18))) }
      const after = presentOf(moved, number(move?.price), null, unit, method, market)
      return sum - number(each.quantity) * (after - presentOf(each, 0, null, unit, method, market))
    }, 0)
    return { loss, share: (raw[i] ?? 0) / whole }
  })
  const mass = 1 - number(tail.level)
  let left = mass
  let sum = 0
  for (const { loss, share } of outcomes.sort((a, b) => b.loss - a.loss)) {
    const inside = Math.max(0, Math.min(share, left))
    sum += loss * inside
    left -= inside
  }
  return Math.max(0, sum / mass)
}

function groupsOf(positions: readonly HeldPosition[]): Group[] {
  const groups: Group[] = []
  for (const position of positions) {
    const { instrument } = position
    const options = instrument.kind === "option"
    const expiry = "expiry" in instrument ? instrument.expiry : null
    const known = groups.find(each => each.options === options && each.expiry === expiry)
    if (known) known.positions.push(position)
    else groups.push({ expiry, options, positions: [position] })
  }
  return groups
}

function presentOf(
  { instrument, volatility }: HeldPosition,
  move: number,
  scenario: StressScenario | null,
  unit: string,
  method: Methodology,
  market: BookMarket,
): number {
  const quoted = market.units.get(unit)
  const spot = number(quoted?.spot)
  if (instrument.kind === "perpetual")
    return (method.settlement === "coin" ? spot : number(quoted?.perpetual?.price)) * (1 + move)
  if (instrument.kind === "spot") return spot * (1 + move)
  const expiry = quoted?.expiries.get(instrument.expiry)
  const seconds = instrument.expiry - market.valuationTime
  const forward = number(expiry?.forward)
  const fixed = Math.max(0, method.settlementWindow - seconds) / Math.max(1, method.settlementWindow)
  const moved = 1 + move * (1 - fixed)
  if (instrument.kind === "future") return (method.settlement === "coin" ? spot : forward) * moved
  const years = seconds / (365 * DAY)
  const strike = number(instrument.strike)
  return presentValue({
    kind: instrument.right === "call" ? 1 : 2,
    spot: forward * moved,
    carry: 0,
    rate: method.discounting ? Math.max(0, number(expiry?.rate)) : 0,
    strike,
    volatility: stressed(number(volatility), scenario, { forward, strike, years, unit }, method),
    timeToExpiry: Math.max(0, years - number(scenario?.daysRolled) / 365),
  })
}

function stressed(
  sigma: number,
  scenario: StressScenario | null,
  { forward, strike, years, unit }: { forward: number; strike: number; years: number; unit: string },
  { termRule, scanRanges }: Methodology,
): number {
  const move = scenario?.volatility
  if (!move) return sigma
  if (move.kind === "shift") {
    const range = scanRanges.get(unit)
    return Math.max(0, sigma + number(move.by) * (range ? number(range.volatility) : 1))
  }
  if (move.kind === "scale") {
    const days = years * 365
    const power = termRule ? number(days <= number(termRule.pivotDays) ? termRule.shortPower : termRule.longPower) : 0
    const term = termRule ? (number(termRule.pivotDays) / Math.max(days, number(termRule.floorDays))) ** power : 1
    return Math.max(number(move.minimum), sigma * Math.max(0, 1 + number(move.change) * term))
  }
  const root = Math.sqrt(years)
  const cap = number(move.cap.base) + number(move.cap.perRootYear) * root
  const { minimum, width, level, slope } = move.reach
  const reach = Math.max(number(minimum), root * number(width) * (number(level) + root * number(slope)))
  const k = Math.log(strike / forward)
  const along = (move.of === "distance" ? Math.abs(k) : k) * (cap / reach)
  return sigma * Math.max(0, 1 + Math.min(Math.abs(cap), Math.max(-Math.abs(cap), along)))
}

function discountOn(value: number, { expiry }: Group, unit: string, method: Methodology, market: BookMarket): number {
  const years = ((expiry ?? 0) - market.valuationTime) / (365 * DAY)
  const rate = Math.max(0, number(market.units.get(unit)?.expiries.get(expiry ?? 0)?.rate))
  const rule = value >= 0 ? method.valueDiscounts.owned : method.valueDiscounts.owed
  if (!rule) return 1
  const growth = years * (rate * number(rule.rateMultiplier) + number(rule.rateAddition))
  if (value >= 0) return number(rule.base) * Math.exp(-growth)
  return Math.min(method.discounting ? Math.exp(rate * years) : 1, number(rule.base) * Math.exp(growth))
}
