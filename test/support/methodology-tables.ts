/**
 * The parameters of the shipped scenario documents as the methodology page shows them.
 */
import { formatDecimal } from "../../aggregator/domain/decimal.js"
import type { Methodology } from "../../aggregator/domain/methodology.js"
import { SHIPPED_POLICIES, shippedPolicy } from "../../aggregator/policies/shipped.js"

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`
const list = (values: Iterable<string>) => [...values].join(", ") || "–"

function cellsOf(name: string, method: Methodology): string[] {
  const { scenarios, lossFactors, combination, tail } = method
  const moves = scenarios.map(each => each.price).sort((a, b) => (a < b ? -1 : 1))
  const factors = [lossFactors.maintenance, lossFactors.liquidationEnd, lossFactors.initial]
  return [
    `\`${name}\``,
    list(method.underlyings ?? method.scanRanges.keys()),
    `${formatDecimal(method.tick)} / ${formatDecimal(method.lot)}`,
    `${scenarios.length}, ${formatDecimal(moves[0] ?? 0n)} … ${formatDecimal(moves.at(-1) ?? 0n)}`,
    list([...method.scanRanges].map(([unit, { price }]) => `${unit} ${formatDecimal(price)}`)),
    factors.map(each => formatDecimal(each.factor)).join(" / "),
    `${formatDecimal(combination.offset)} / ${formatDecimal(combination.correlationStress)}`,
    tail ? `${tail.moves.length} × ${formatDecimal(tail.multiplier)}` : "–",
    list(new Set(method.charges.map(each => each.name))),
    list(method.floors.map(each => each.name)),
    list([...method.collateral].flatMap(([asset, { scannedIn }]) => (scannedIn ? [asset] : []))),
  ]
}

/** One row a document; factors are maintenance / liquidation end / initial. */
export function methodologyTable(): string {
  const head = ["document", "underlyings", "tick / lot", "scenarios, moves", "scan ranges", "loss factors"]
  const more = ["offset / stress", "tail", "charges", "floors", "scanned collateral"]
  const rows = SHIPPED_POLICIES.flatMap(name => {
    const { methodology } = shippedPolicy(name).policy
    return methodology.kind === "scenarios" ? [cellsOf(name, methodology)] : []
  })
  const heading = [...head, ...more]
  return [heading, heading.map(() => "---"), ...rows].map(row).join("\n")
}
