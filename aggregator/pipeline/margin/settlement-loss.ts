/**
 * Options margined one by one, or by the most an expiry can lose at settlement where that is less: no repricing at all.
 */
import { divide, maxOf, minOf, ONE, type Price, type Ratio, type Usd, usd } from "../../domain/fixed.js"
import type { OptionInstrument } from "../../domain/instrument.js"
import type { HeldPosition } from "../../domain/margin-book.js"
import type { SettlementLossCharge, ThresholdName } from "../../domain/methodology.js"
import type { GroupRisk } from "./group-risk.js"

interface HeldOption {
  readonly instrument: OptionInstrument
  readonly quantity: bigint
  /** quantity × value of +1 long, USD. */
  readonly value: Usd
}

/**
 * What the expiry must hold beyond its mark, USD: the mark of long options counts nothing, so it can be negative.
 * Rounded up.
 *
 * @param marks value of +1 long, one a position of the group
 */
export function settlementLossMargin(
  charge: SettlementLossCharge,
  threshold: ThresholdName,
  group: GroupRisk,
  marks: readonly Price[],
  spot: Price,
): Usd {
  const options = group.positions.flatMap(({ instrument, quantity }, i): HeldOption[] => {
    const value = usd(divide(quantity * (marks[i] ?? 0n), ONE, "down"))
    return instrument.kind === "option" ? [{ instrument, quantity, value }] : []
  })
  const isolated = options.reduce((sum, each) => sum + isolatedMargin(charge, threshold, each, spot), 0n)
  const forward = group.terms?.market.forward ?? spot
  const worst = settlementLoss(group.positions) + unpairedCalls(charge.unpaired[threshold], options, forward)
  const mark = options.reduce((sum, each) => sum + each.value, 0n)
  return usd(mark - maxOf(isolated, worst))
}

/** ≤ 0: the cash with which this position alone could be closed and margined. */
function isolatedMargin(
  charge: SettlementLossCharge,
  threshold: ThresholdName,
  { instrument, quantity, value }: HeldOption,
  spot: Price,
): bigint {
  if (quantity >= 0n) return 0n
  const ofSpot = (rate: bigint) => divide(divide(rate * spot, ONE, "up") * quantity, ONE, "down")
  const call = instrument.right === "call"
  const maintenance = call
    ? ofSpot(charge.callMaintenance) + value
    : minOf(ofSpot(charge.putMaintenance), divide(value * charge.putMaintenanceOfMark, ONE, "down")) + value
  if (threshold !== "initial") return maintenance
  const outOfTheMoney = maxOf(0n, call ? instrument.strike - spot : spot - instrument.strike)
  const initial = ofSpot(maxOf(charge.most - divide(outOfTheMoney * ONE, spot, "down"), charge.least)) + value
  return call ? initial : minOf(initial, divide(maintenance * charge.offset, ONE, "down"))
}

/** Calls sold beyond those bought: their loss at settlement has no end, a multiple of the forward stands for it. */
function unpairedCalls(scale: Ratio, options: readonly HeldOption[], forward: Price): bigint {
  const net = options.reduce((sum, each) => (each.instrument.right === "call" ? sum + each.quantity : sum), 0n)
  return net >= 0n ? 0n : divide(net * forward * scale, ONE * ONE, "down")
}

/**
 * The lowest payoff over all settlement prices up to the highest strike, ≤ 0. The payoff is a line between two strikes,
 * so its lowest point is at one of them or at 0: one walk over the sorted strikes finds it.
 */
function settlementLoss(positions: readonly HeldPosition[]): bigint {
  const options = positions.flatMap(({ instrument, quantity }) =>
    instrument.kind === "option" ? [{ ...instrument, quantity }] : [],
  )
  const sorted = options.toSorted((a, b) => (a.strike < b.strike ? -1 : 1))
  const puts = options.filter(each => each.right === "put")
  let payoff = puts.reduce((sum, each) => sum + each.quantity * each.strike, 0n)
  let slope = -puts.reduce((sum, each) => sum + each.quantity, 0n)
  let lowest = minOf(0n, payoff)
  let at = 0n
  for (const { strike, quantity } of sorted) {
    payoff += slope * (strike - at)
    at = strike
    lowest = minOf(lowest, payoff)
    // Above its strike a call starts to pay and a put has stopped: either way the slope rises by its quantity.
    slope += quantity
  }
  return divide(lowest, ONE, "down")
}
