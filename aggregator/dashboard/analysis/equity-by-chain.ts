/**
 * What each chain contributes to an account's equity and to the loss that its margin covers; the rows add up exactly.
 */
import { formatDecimal, parseDecimal } from "../../domain/decimal.js"
import type { Margin } from "../../routes/margin-schemas.js"

export interface ChainShare {
  readonly chain: string
  readonly name: string
  /** Decimal strings, USD. */
  readonly collateral: string
  readonly positions: string
  readonly debts: string
  readonly equity: string
  /** Loss of the positions there in the worst scenario of their risk units; negative where they hedge others. */
  readonly worstLoss: string
}

/** One row for each chain that the account has something on, in the order of `chains`. */
export function equityByChain({ components, chains }: Pick<Margin, "components" | "chains">): ChainShare[] {
  return chains.flatMap(({ chain, name }) => {
    const on = <Part extends { readonly chain: string }>(parts: readonly Part[]) =>
      parts.filter(part => part.chain === chain)
    const held = {
      collateral: on(components.collateral),
      debts: on(components.debts),
      positions: on(components.positions),
    }
    if (held.collateral.length + held.debts.length + held.positions.length === 0) return []
    const collateral = sum(held.collateral.map(each => each.collateralValue))
    const positions = sum(held.positions.map(each => each.markToMarket))
    const debts = sum(held.debts.map(each => each.liabilityValue))
    const worstLoss = sum(held.positions.map(each => each.worstScenarioLoss))
    return [
      {
        chain,
        name,
        collateral: formatDecimal(collateral),
        positions: formatDecimal(positions),
        debts: formatDecimal(debts),
        equity: formatDecimal(collateral + positions - debts),
        worstLoss: formatDecimal(worstLoss),
      },
    ]
  })
}

const sum = (values: readonly string[]): bigint => values.reduce((total, each) => total + parseDecimal(each), 0n)
