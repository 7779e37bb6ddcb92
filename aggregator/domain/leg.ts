/**
 * What an account holds or owes at one venue on one chain, with signs normalised:
 * quantities are + long and − short, debts are positive amounts owed.
 */
import type { AssetId, ChainId } from "./caip.js"
import type { Quantity, Usd } from "./fixed.js"
import type { OptionInstrument } from "./instrument.js"

interface LegBase {
  readonly chain: ChainId
  /** Where it is held: `wallet`, `aave-v3`, `lyra-avalon`, `spl`, … */
  readonly venue: string
}

export interface CollateralLeg extends LegBase {
  readonly kind: "collateral"
  /** The underlying asset; a receipt token (aToken, vault share) names what it redeems for, and is never listed beside it. */
  readonly asset: AssetId
  /** Price key, e.g. `ETH`; how the policy and the price feeds call the asset. */
  readonly symbol: string
  /** ≥ 0, rounded down. */
  readonly amount: Quantity
}

export interface DebtLeg extends LegBase {
  readonly kind: "debt"
  readonly asset: AssetId
  readonly symbol: string
  /** ≥ 0, rounded up. */
  readonly amount: Quantity
}

export interface OptionLeg extends LegBase {
  readonly kind: "option"
  readonly instrument: OptionInstrument
  readonly quantity: Quantity
  /** The venue's own id of the position, e.g. an NFT id: one position never belongs to two accounts. */
  readonly positionId: string
  /** `expired` is past expiry and not yet settled by the venue. */
  readonly state: "active" | "expired"
}

export type Leg = CollateralLeg | DebtLeg | OptionLeg

/** The protocol's own number beside the one recomputed from the legs: the best oracle there is. */
export interface NativeFigure {
  readonly venue: string
  /** e.g. `totalDebtBase`. */
  readonly name: string
  readonly native: Usd
  readonly recomputed: Usd
}
