/**
 * The reserves of the local Aave v3 market: risk parameters and rate curves in the order of those on Ethereum.
 */
import type { FeedSymbol } from "./price-feeds.js"
import type { TokenSymbol } from "./tokens.js"

export interface ReserveParameters {
  readonly token: TokenSymbol
  readonly feed: FeedSymbol
  /** Basis points of the collateral's value. */
  readonly loanToValue: bigint
  readonly liquidationThreshold: bigint
  /** Basis points, 10500 = a bonus of 5 %. */
  readonly liquidationBonus: bigint
  /** Basis points of the interest that go to the treasury. */
  readonly reserveFactor: bigint
  /** Percent. */
  readonly optimalUsage: bigint
  /** Percent a year, up to the optimal usage and from there to full usage. */
  readonly variableSlopes: readonly [bigint, bigint]
  readonly stableBorrowing: boolean
}

export const RESERVES: readonly ReserveParameters[] = [
  {
    token: "WETH",
    feed: "ETH",
    loanToValue: 8_000n,
    liquidationThreshold: 8_250n,
    liquidationBonus: 10_500n,
    reserveFactor: 1_500n,
    optimalUsage: 80n,
    variableSlopes: [4n, 80n],
    stableBorrowing: false,
  },
  {
    token: "WBTC",
    feed: "BTC",
    loanToValue: 7_000n,
    liquidationThreshold: 7_500n,
    liquidationBonus: 10_625n,
    reserveFactor: 2_000n,
    optimalUsage: 45n,
    variableSlopes: [7n, 300n],
    stableBorrowing: false,
  },
  {
    token: "USDC",
    feed: "USDC",
    loanToValue: 7_700n,
    liquidationThreshold: 7_900n,
    liquidationBonus: 10_450n,
    reserveFactor: 1_000n,
    optimalUsage: 90n,
    variableSlopes: [6n, 60n],
    stableBorrowing: true,
  },
]
