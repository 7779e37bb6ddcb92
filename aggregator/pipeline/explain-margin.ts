/**
 * The assessment of a portfolio's book as margin: its requirement, and every figure with the lines that add up to it.
 */
import { maxOf, price, sumUsd, type Usd, usd, valueDown } from "../domain/fixed.js"
import type { ChargeLine, RiskUnitMargin, ValuedPosition } from "../domain/health.js"
import { instrumentName } from "../domain/instrument.js"
import type { PositionLeg } from "../domain/leg.js"
import type { HeldPosition } from "../domain/margin-book.js"
import type { BookAssessment, UnitAssessment } from "./margin/assess-book.js"
import { eachThreshold } from "./margin/charges.js"
import type { ExplainedMargin, PortfolioMargin } from "./portfolio-margin.js"

const NOTHING = usd(0n)

/** Never below 0, and never less for a threshold that comes first. */
export function requirementOf({ thresholds }: BookAssessment): PortfolioMargin["requirement"] {
  const maintenance = maxOf(NOTHING, thresholds.maintenance.requirement)
  const liquidationEnd = maxOf(maintenance, thresholds.liquidationEnd.requirement)
  return { maintenance, liquidationEnd, initial: maxOf(liquidationEnd, thresholds.initial.requirement) }
}

/** Every option by its mark, everything else by what it has not settled yet; each position rounded down. */
export function markToMarketOf(legs: readonly PositionLeg[], { units }: BookAssessment): Usd {
  let total = 0n
  for (const { groups } of units) for (const group of groups) total += group.positionsValue
  for (const leg of legs) if (leg.kind !== "option") total += leg.unsettled
  return usd(total)
}

/**
 * @param held one a leg, in the order of the legs
 * @param alone maintenance margin of each leg by itself
 */
export function explain(
  legs: readonly PositionLeg[],
  held: readonly HeldPosition[],
  whole: BookAssessment,
  alone: () => readonly Usd[],
): ExplainedMargin {
  const places = new Map(held.map((each, i) => [each, i]))
  const valued = (unit: UnitAssessment) =>
    unit.groups
      .flatMap(group => group.positions.map((each, i) => ({ group, i, place: places.get(each) ?? -1 })))
      .sort((a, b) => a.place - b.place)
      .flatMap(({ group, i, place }): ValuedPosition[] => {
        const leg = legs[place]
        if (!leg) return []
        const option = leg.kind === "option"
        const mark = option ? (group.marks[i] ?? price(0n)) : unit.market.spot
        return [
          {
            leg,
            instrument: instrumentName(leg.instrument),
            quantity: leg.quantity,
            mark,
            markToMarket: option ? valueDown(leg.quantity, mark) : leg.unsettled,
            worstScenarioLoss: usd(-group.positionPnl(i, unit.worst)),
            get standaloneMargin() {
              return alone()[place] ?? NOTHING
            },
          },
        ]
      })
  const byUnit = whole.units.map(unit => ({ unit, positions: valued(unit) }))
  return {
    positions: byUnit.flatMap(each => each.positions),
    units: byUnit.map(({ unit, positions }) => unitMargin(unit, positions)),
    charges: linesOf(whole),
  }
}

function unitMargin(unit: UnitAssessment, positions: readonly ValuedPosition[]): RiskUnitMargin {
  const collateralLoss = usd(-sumUsd(unit.groups.map(group => group.collateralPnl(unit.worst))))
  const explained = sumUsd([collateralLoss, ...positions.map(each => each.worstScenarioLoss)])
  return {
    underlying: unit.unit,
    scanningRisk: unit.scanningLoss,
    worstScenario: unit.worstScenario === null ? null : unit.worstScenario + 1,
    collateralLoss,
    otherLoss: usd(unit.scanningLoss - explained),
    basisLoss: unit.basisLoss,
    parts: unit.parts,
    shortOptionMinimum: sumUsd(unit.floors.map(each => each.amount)),
    lotRemainder: unit.lotRemainder,
    requirement: unit.requirement,
  }
}

/** The lines of every threshold, and a last one for what keeps MM ≤ liquidation end ≤ IM and all of them ≥ 0. */
function linesOf(assessed: BookAssessment): ChargeLine[] {
  const { thresholds, units } = assessed
  const requirement = requirementOf(assessed)
  const lines: ChargeLine[] = [
    {
      name: "risk",
      unit: null,
      subject: units.map(each => each.unit).join(", "),
      amounts: eachThreshold(threshold => thresholds[threshold].scaledLoss),
    },
    ...assessed.charges
      .filter(each => !each.scaled)
      .map(({ name, unit, subject, amounts }) => ({ name, unit, subject, amounts })),
    ...assessed.haircuts.map(({ symbol, amounts }) => ({ name: "haircut", unit: null, subject: symbol, amounts })),
    {
      name: "order of thresholds",
      unit: null,
      subject: "",
      amounts: eachThreshold(threshold => usd(requirement[threshold] - thresholds[threshold].requirement)),
    },
  ]
  return lines.filter(each => Object.values(each.amounts).some(amount => amount !== 0n))
}
