/**
 * Token-2022 extensions of a mint that change what a balance is worth to somebody who has to sell it.
 * Interest-bearing and scaled amounts only change how a balance is displayed, so they are not here.
 */
import { divide, minOf } from "../../aggregator/domain/fixed.js"
import { LayoutError, viewOf } from "./layout.js"
import type { Mint } from "./token-layout.js"

const TRANSFER_FEE_CONFIG = 1
const NON_TRANSFERABLE = 9
const PAUSABLE_CONFIG = 26
const BASIS_POINTS = 10_000n

export interface TransferFee {
  readonly basisPoints: bigint
  /** Raw units: no transfer costs more. */
  readonly maximum: bigint
}

/**
 * The fee that a transfer pays in an epoch; `undefined` for a mint without fees.
 * Config: authorities 2 × 32 · withheld u64 64 · older fee 72 · newer fee 90; a fee is {epoch u64, maximum u64, basis points u16}.
 *
 * @throws LayoutError when the extension is too short or takes more than everything.
 */
export function transferFeeOf({ extensions }: Mint, epoch: bigint): TransferFee | undefined {
  const config = extensions.get(TRANSFER_FEE_CONFIG)
  if (config === undefined) return undefined
  const view = viewOf("transfer fee config", config, 108)
  const active = epoch >= view.getBigUint64(90, true) ? 90 : 72
  const basisPoints = BigInt(view.getUint16(active + 16, true))
  if (basisPoints > BASIS_POINTS) throw new LayoutError("transfer fee config", `a fee of ${basisPoints} basis points`)
  return { maximum: view.getBigUint64(active + 8, true), basisPoints }
}

/** What arrives when all of an amount is sent: the fee is rounded up, as the program does it. */
export function afterTransferFee(amount: bigint, fee: TransferFee | undefined): bigint {
  if (fee === undefined) return amount
  return amount - minOf(divide(amount * fee.basisPoints, BASIS_POINTS, "up"), fee.maximum)
}

/** What has to be sent so that an amount arrives, rounded up. */
export function beforeTransferFee(amount: bigint, fee: TransferFee | undefined): bigint {
  if (fee === undefined || amount === 0n) return amount
  const most = amount + fee.maximum
  if (fee.basisPoints === BASIS_POINTS) return most
  return minOf(divide(amount * BASIS_POINTS, BASIS_POINTS - fee.basisPoints, "up"), most)
}

/** Why nobody can transfer this token now, so that it secures nothing; `undefined` when it moves. */
export function immobility({ extensions }: Mint): string | undefined {
  if (extensions.has(NON_TRANSFERABLE)) return "is not transferable"
  const pausable = extensions.get(PAUSABLE_CONFIG)
  if (pausable === undefined) return undefined
  return viewOf("pausable config", pausable, 33).getUint8(32) === 0 ? undefined : "is paused"
}
