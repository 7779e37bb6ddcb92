/**
 * What accounts' figures are made of, worked out when somebody looks: a hundred thousand explanations that nobody reads
 * would be most of a pass's time and memory, and they follow from the same snapshot at any time.
 */
import type { Usd } from "../domain/fixed.js"
import type { MarginBreakdown } from "../domain/health.js"
import type { AccountSnapshot } from "../domain/snapshot.js"
import type { ApplyHaircuts, Portfolio } from "./apply-haircuts.js"
import type { PortfolioRisk, RiskArrays } from "./portfolio-margin.js"
import { standaloneMargins } from "./standalone-margins.js"

/** Whoever asks for so few looks at what explains them; of more, it is not worth its memory. */
const MOST_KEPT = 8

/** Answers about the account at a place of the snapshot. */
export interface Explainer {
  breakdown(place: number): MarginBreakdown
  /** Maintenance margin of each position by itself, in the account's order. */
  standalone(place: number): readonly Usd[]
  /** Spares computing it again. */
  keep(place: number, portfolio: Portfolio, risk: PortfolioRisk): void
}

interface Computed {
  readonly portfolio: Portfolio
  readonly risk: PortfolioRisk
}

export function explainer(
  accounts: readonly AccountSnapshot[],
  applyHaircuts: ApplyHaircuts,
  riskArrays: RiskArrays,
): Explainer {
  const kept = new Map<number, Computed>()
  const portfolioAt = (place: number): Portfolio => {
    const account = accounts[place]
    if (!account) throw new RangeError(`no account ${place}`)
    return applyHaircuts(account)
  }
  const marginedAt = (place: number) => {
    const { blocked, positions } = portfolioAt(place)
    return blocked.length > 0 ? [] : positions
  }
  const standalone = standaloneMargins(accounts.length, marginedAt, riskArrays.alone)

  function again(place: number): Computed {
    const portfolio = portfolioAt(place)
    const [risk] = riskArrays.margins([portfolio])
    if (!risk) throw new RangeError("one result a portfolio")
    return { portfolio, risk }
  }

  return {
    standalone,
    keep(place, portfolio, risk) {
      if (accounts.length <= MOST_KEPT) kept.set(place, { portfolio, risk })
    },
    breakdown(place) {
      const { portfolio, risk } = kept.get(place) ?? again(place)
      const { collateral, debts } = portfolio
      const explained = "margin" in risk ? risk.margin.explained(() => standalone(place)) : NOTHING_EXPLAINED
      return { collateral, debts, ...explained }
    },
  }
}

/** Collateral and debts that are known stay visible; the totals do not exist. */
const NOTHING_EXPLAINED = { positions: [], units: [], charges: [] } as const
