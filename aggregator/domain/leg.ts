/**
 * What an account holds or owes at one venue on one chain, with signs normalised:
 * quantities are + long and − short, debts are positive amounts owed.
 */
import type { AssetId, ChainId } from "./caip.js"
import type { Quantity, Ratio, Usd } from "./fixed.js"
import type { FutureInstrument, OptionInstrument, PerpetualInstrument } from "./instrument.js"

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

/** A perpetual as its venue books it: the size, and what it has gained or lost that is not cash yet. */
export interface PerpLeg extends LegBase {
  readonly kind: "perp"
  readonly instrument: PerpetualInstrument
  /** Signed, + long, units of the underlying. */
  readonly quantity: Quantity
  /** Unrealised P&L and funding that are not yet in cash; + is received by the account, rounded down (towards −∞). */
  readonly unsettled: Usd
  /** The venue's own id of the position: one position never belongs to two accounts. */
  readonly positionId: string
}

/** A dated future, booked like a perpetual. */
export interface FutureLeg extends LegBase {
  readonly kind: "future"
  readonly instrument: FutureInstrument
  /** Signed, + long, units of the underlying. */
  readonly quantity: Quantity
  /** Unrealised P&L that is not yet in cash; + is received by the account, rounded down (towards −∞). */
  readonly unsettled: Usd
  readonly positionId: string
}

/** What is margined by its risk rather than valued by its price. */
export type PositionLeg = OptionLeg | PerpLeg | FutureLeg

export type Leg = CollateralLeg | DebtLeg | PositionLeg

export const isPosition = (leg: Leg): leg is PositionLeg => leg.kind !== "collateral" && leg.kind !== "debt"

/** The protocol's own number beside the one recomputed from the legs: the best oracle there is. */
export interface NativeFigure {
  readonly venue: string
  /** e.g. `totalDebtBase`. */
  readonly name: string
  /** US dollars, or a plain ratio where the name is one (`healthFactor`). */
  readonly native: Usd | Ratio
  readonly recomputed: Usd | Ratio
}
