/**
 * Accounts of the marginfi program, as far as a balance and its interest need them. Numbers are little-endian,
 * shares, share values and rates are I80F48; offsets count from the discriminator.
 *
 *   account  | 8 group 32 | 40 authority 32 | 72 balances 16 × 104 | … | 1800 flags u64 | … | 1840 health | … |
 *            | 2208 last update u64 | … 2312
 *   health   | 0 asset value | 16 liability value | … | 96 time i64 | 104 flags u32 | … | 112 prices 16 × f64 | … 304
 *   balance  | 0 active u8 | 1 bank 32 | … | 36 premium rate u32 | 40 asset shares | 56 liability shares |
 *            | 72 premium owed | 88 last update u64 | … 104
 *   bank     | 8 mint 32 | 40 decimals u8 | 41 group 32 | 80 asset share value | 96 liability share value | …
 *            | 256 all liability shares | 272 all asset shares | 288 last update i64 | … 368 interest … |
 *            | 608 state u8 | … | 785 asset tag u8 | … | 792 value limit u64 | … | 840 flags u64 | … |
 *            | 936 e-mode flags u64 | … 1864
 *   weights  | 296 of assets | … | 328 of liabilities
 *   group    | … | 40 flags u64 | … | 80 program fee fixed | 96 program fee rate | … 1064
 */
import { type I80F48, i80f48At, ZERO } from "../i80f48.js"
import { checkDiscriminator, keyAt, LayoutError, viewOf } from "../layout.js"
import { decodeInterest, type Fees, type Lending } from "./marginfi-interest.js"

export const ACCOUNT_LENGTH = 2312
export const GROUP_OFFSET = 8
export const AUTHORITY_OFFSET = 40

const BALANCES = { offset: 72, count: 16, length: 104 }
const BANK_LENGTH = 1864
const GROUP_LENGTH = 1064
const PROGRAM_FEES_ENABLED = 1n
const HEALTH_COMPUTED = 2
const E_MODE_ON = 1n

export interface MarginfiAccount {
  readonly group: string
  readonly authority: string
  readonly flags: bigint
  /** Only those in use. */
  readonly balances: readonly MarginfiBalance[]
  readonly health: MarginfiHealth
  /** Unix seconds; 0 in accounts that no later version of the program has touched. */
  readonly lastUpdate: bigint
}

/** What the program found when it last checked the account: US dollars, weighted as for a new loan. */
export interface MarginfiHealth {
  readonly assetValue: I80F48
  readonly liabilityValue: I80F48
  /** Unix seconds; 0 when it was never checked. */
  readonly time: bigint
  readonly isComputed: boolean
  /** Of the balances in use, in their order; adjusted by the oracle's confidence. */
  readonly prices: readonly number[]
}

export interface MarginfiBalance {
  readonly bank: string
  readonly assetShares: I80F48
  readonly liabilityShares: I80F48
  /** Yearly, of 2^32 − 1 for 1000 %; charged where the bank says so. */
  readonly premiumRate: bigint
  /** Raw units of the bank's mint; means something only where the bank charges a premium. */
  readonly premiumOwed: I80F48
  readonly lastUpdate: bigint
}

export interface MarginfiBank extends Lending {
  readonly mint: string
  readonly decimals: number
  readonly group: string
  readonly state: number
  /** What the shares are shares of. */
  readonly assetTag: number
  readonly flags: bigint
  /** For a new loan. */
  readonly assetWeight: I80F48
  readonly liabilityWeight: I80F48
  /** US dollars from which on the bank's assets weigh less; 0 is none. */
  readonly valueLimit: bigint
  /** Borrowers of this bank may have other weights for their collateral. */
  readonly hasEMode: boolean
}

/** @throws LayoutError when the data is no marginfi account. */
export function decodeAccount(data: Uint8Array): MarginfiAccount {
  const what = "marginfi account"
  const view = exactly(what, data, ACCOUNT_LENGTH, "43b2826d7e721c2a")
  const offsets = Array.from({ length: BALANCES.count }, (_, index) => BALANCES.offset + index * BALANCES.length)
  return {
    group: keyAt(data, GROUP_OFFSET),
    authority: keyAt(data, AUTHORITY_OFFSET),
    flags: view.getBigUint64(1800, true),
    balances: offsets
      .filter(at => view.getUint8(at) !== 0)
      .map(at => ({
        bank: keyAt(data, at + 1),
        assetShares: amountAt(what, view, at + 40),
        liabilityShares: amountAt(what, view, at + 56),
        premiumRate: BigInt(view.getUint32(at + 36, true)),
        premiumOwed: i80f48At(view, at + 72),
        lastUpdate: view.getBigUint64(at + 88, true),
      })),
    health: healthAt(view, 1840),
    lastUpdate: view.getBigUint64(2208, true),
  }
}

const healthAt = (view: DataView, offset: number): MarginfiHealth => ({
  assetValue: i80f48At(view, offset),
  liabilityValue: i80f48At(view, offset + 16),
  time: view.getBigInt64(offset + 96, true),
  isComputed: (view.getUint32(offset + 104, true) & HEALTH_COMPUTED) !== 0,
  prices: Array.from({ length: BALANCES.count }, (_, index) => view.getFloat64(offset + 112 + 8 * index, true)),
})

/** @throws LayoutError when the data is no marginfi bank, or has a rate model that no known version of the program has. */
export function decodeBank(data: Uint8Array): MarginfiBank {
  const what = "marginfi bank"
  const view = exactly(what, data, BANK_LENGTH, "8e31a6f2324261bc")
  return {
    mint: keyAt(data, 8),
    decimals: view.getUint8(40),
    group: keyAt(data, 41),
    assetShareValue: amountAt(what, view, 80),
    liabilityShareValue: amountAt(what, view, 96),
    totalLiabilityShares: amountAt(what, view, 256),
    totalAssetShares: amountAt(what, view, 272),
    lastUpdate: view.getBigInt64(288, true),
    interest: decodeInterest(view, 368),
    state: view.getUint8(608),
    assetTag: view.getUint8(785),
    flags: view.getBigUint64(840, true),
    assetWeight: i80f48At(view, 296),
    liabilityWeight: i80f48At(view, 328),
    valueLimit: view.getBigUint64(792, true),
    hasEMode: (view.getBigUint64(936, true) & E_MODE_ON) !== 0n,
  }
}

/** What the program itself takes of each bank of a group. @throws LayoutError when the data is no marginfi group. */
export function decodeProgramFees(data: Uint8Array): Fees {
  const view = exactly("marginfi group", data, GROUP_LENGTH, "b617adf097ceb643")
  const isCharged = (view.getBigUint64(40, true) & PROGRAM_FEES_ENABLED) !== 0n
  return isCharged ? { fixed: i80f48At(view, 80), rate: i80f48At(view, 96) } : { fixed: ZERO, rate: ZERO }
}

function exactly(what: string, data: Uint8Array, length: number, discriminator: string): DataView {
  checkDiscriminator(what, data, discriminator)
  if (data.length > length) throw new LayoutError(what, `${data.length} bytes instead of ${length}`)
  return viewOf(what, data, length)
}

/** What counts something cannot be negative: it would turn a debt into an asset. */
function amountAt(what: string, view: DataView, offset: number): I80F48 {
  const amount = i80f48At(view, offset)
  if (amount < 0n) throw new LayoutError(what, `the amount at ${offset} is negative`)
  return amount
}
