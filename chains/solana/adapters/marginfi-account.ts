/**
 * What one marginfi account holds and owes, bank by bank, with interest up to the time of the state it was read in.
 * A balance counts what its owner would get out, or would have to pay in, at that moment.
 */
import { quantityFromRaw } from "../../../aggregator/domain/fixed.js"
import type { Leg } from "../../../aggregator/domain/leg.js"
import type { ChainFaultCode, LegFault } from "../../../aggregator/domain/reading.js"
import { shortened } from "../../chain-fault.js"
import type { Decoded } from "../../decoded.js"
import type { SolanaAsset, SolanaChainFacts } from "../adapter.js"
import { assetIdOf } from "../asset-id.js"
import { ONE, plus, times, wholeProductDown, wholeProductUp } from "../i80f48.js"
import { afterTransferFee, beforeTransferFee, type TransferFee } from "../mint-extensions.js"
import { rateOfU32, type ShareValues, yearsOf } from "./marginfi-interest.js"
import type { MarginfiAccount, MarginfiBalance, MarginfiBank } from "./marginfi-layout.js"
import type { SplMint } from "./mint.js"

export const VENUE = "marginfi"

/** Lamports as a token: one for one with SOL, which is how the chain's assets name them. */
const WRAPPED_SOL = "So11111111111111111111111111111111111111112"

/** The account's owner can withdraw nothing: it was disabled (1) or frozen by the group's admin (64). */
const ACCOUNT_LOCKED = 1n | 64n
/** Bank states in which withdrawals run: operational, and the two that only reduce positions. */
const WITHDRAWABLE: ReadonlySet<number> = new Set([1, 2, 5])
/** Plain tokens, SOL and staked SOL; the shares of all other banks are shares of a position at another venue. */
const LAST_TOKEN_TAG = 2
/** Borrowers of this bank owe a premium for their collateral beside the interest. */
const PREMIUM_ACTIVE = 1n << 13n

export const chargesPremium = ({ flags }: MarginfiBank): boolean => (flags & PREMIUM_ACTIVE) !== 0n

/** A bank and what its shares are worth now. */
export interface AccruedBank {
  readonly bank: MarginfiBank
  readonly shares: ShareValues
}

export interface AccountState {
  readonly account: MarginfiAccount
  readonly banks: ReadonlyMap<string, Decoded<AccruedBank>>
  /** Unix seconds of the state that all of these are from. */
  readonly now: bigint
}

export interface Listings {
  readonly facts: SolanaChainFacts
  /** Of all the chain's tokens; SOL has none. */
  readonly mints: ReadonlyMap<string, SplMint>
}

export interface AccountLegs {
  readonly legs: readonly Leg[]
  readonly faults: readonly LegFault[]
}

export function legsOf(listings: Listings, state: AccountState): AccountLegs {
  const parts = state.account.balances.map(balance => balanceLegs(listings, state, balance))
  return { legs: parts.flatMap(({ legs }) => legs), faults: parts.flatMap(({ faults }) => faults) }
}

const NOTHING: AccountLegs = { legs: [], faults: [] }

function balanceLegs(listings: Listings, state: AccountState, balance: MarginfiBalance): AccountLegs {
  // Less than one share is what the program itself takes for rounding and not for a balance.
  const [isOwed, isHeld] = [balance.liabilityShares >= ONE, balance.assetShares >= ONE]
  if (!isOwed && !isHeld) return NOTHING
  const unknown = isOwed ? "liability" : "asset"
  const unreadable = (code: ChainFaultCode, detail: string): AccountLegs => ({
    legs: [],
    faults: [marginfiFault(unknown, code, detail)],
  })
  const read = state.banks.get(balance.bank)
  if (!read) return unreadable("PIN_SKEW", `bank ${balance.bank} came in while the account was read`)
  if (read.status === "fault") return unreadable(read.code, read.detail)
  const { bank, shares } = read.value
  const named = `bank ${balance.bank}`
  if (bank.group !== state.account.group) return unreadable("DECODE", `${named} is of group ${bank.group}`)
  if (bank.assetTag > LAST_TOKEN_TAG) {
    return unreadable(
      "UNSUPPORTED_POSITION",
      `${named} has asset tag ${bank.assetTag}: its shares are not of its token`,
    )
  }
  const token = tokenOf(listings, bank)
  if (token.status === "fault") return unreadable(token.code, token.detail)

  const { asset, fee } = token.value
  const leg = {
    chain: listings.facts.chain,
    venue: VENUE,
    asset: assetIdOf(listings.facts.chain, asset.mint),
    symbol: asset.symbol,
  }
  const legs: Leg[] = []
  const faults: LegFault[] = []
  if (isHeld) {
    const lock = lockOn(state.account, bank)
    const raw = afterTransferFee(wholeProductDown(balance.assetShares, shares.assetShareValue), fee)
    if (lock !== undefined)
      faults.push(marginfiFault("asset", "UNSUPPORTED_POSITION", `${asset.symbol} of ${named}: ${lock}`))
    else if (raw > 0n) legs.push({ kind: "collateral", ...leg, amount: quantityFromRaw(raw, asset.decimals, "down") })
  }
  if (isOwed) {
    const raw =
      wholeProductUp(balance.liabilityShares, shares.liabilityShareValue) + premiumOf(balance, read.value, state.now)
    legs.push({ kind: "debt", ...leg, amount: quantityFromRaw(beforeTransferFee(raw, fee), asset.decimals, "up") })
  }
  return { legs, faults }
}

interface Token {
  readonly asset: SolanaAsset
  readonly fee: TransferFee | undefined
}

/** The chain's own description of a bank's token, and what a transfer of it costs. */
function tokenOf({ facts, mints }: Listings, { mint, decimals }: MarginfiBank): Decoded<Token> {
  const isBanks = (asset: SolanaAsset) => asset.decimals === decimals && asset.mint === mint
  const isSol = (asset: SolanaAsset) => mint === WRAPPED_SOL && asset.decimals === decimals && asset.mint === "native"
  const asset = facts.assets.find(isBanks) ?? facts.assets.find(isSol)
  if (!asset) {
    const detail = `${mint} with ${decimals} decimals is not among the assets of this chain`
    return { status: "fault", code: "UNSUPPORTED_POSITION", detail }
  }
  if (asset.mint === "native") return { status: "ok", value: { asset, fee: undefined } }
  const read = mints.get(mint)
  if (read?.status === "usable") return { status: "ok", value: { asset, fee: read.fee } }
  const { code, detail } = read?.fault ?? { code: "DECODE", detail: `mint ${mint} was not read` }
  return { status: "fault", code, detail }
}

/** Why a deposit cannot be taken out, so that it secures nothing; `undefined` when it can. */
function lockOn({ flags }: MarginfiAccount, { state }: MarginfiBank): string | undefined {
  if ((flags & ACCOUNT_LOCKED) !== 0n) return "the account is disabled or frozen"
  return WITHDRAWABLE.has(state) ? undefined : `the bank's state ${state} allows no withdrawals`
}

/**
 * The premium that a borrower owes beside the interest, raw units, rounded up. At most what the program will take:
 * it forgives the time before the bank began to charge, and that is counted here.
 */
function premiumOf(balance: MarginfiBalance, { bank, shares }: AccruedBank, now: bigint): bigint {
  if (!chargesPremium(bank)) return 0n
  const seconds = balance.lastUpdate === 0n || now < balance.lastUpdate ? 0n : now - balance.lastUpdate
  const debt = times(balance.liabilityShares, shares.liabilityShareValue)
  const pending = times(times(debt, rateOfU32(balance.premiumRate)), yearsOf(seconds))
  return wholeProductUp(plus(balance.premiumOwed, pending), ONE)
}

/** A fault of one account, or of the market as far as it concerns that account's owner. */
export const marginfiFault = (unknown: LegFault["unknown"], code: ChainFaultCode, detail: string): LegFault => ({
  code,
  venue: VENUE,
  unknown,
  detail: shortened(detail),
})
