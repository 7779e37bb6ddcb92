/**
 * A configured token checked against its mint on chain: its program, its decimals, its fee in the current epoch.
 */
import type { ChainFaultCode, LegFault } from "../../../aggregator/domain/reading.js"
import type { SolanaAsset, SolanaReadResult } from "../adapter.js"
import { decodeClock } from "../clock.js"
import { immobility, type TransferFee, transferFeeOf } from "../mint-extensions.js"
import { decodeMint, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../token-layout.js"
import { reasonOf, SPL, unknownAsset } from "./holding.js"

export type SplMint =
  | {
      readonly status: "usable"
      readonly asset: SolanaAsset
      readonly program: string
      readonly fee: TransferFee | undefined
    }
  | {
      readonly status: "unusable"
      readonly asset: SolanaAsset
      /** Known when the mint exists: whoever holds the token can then be told. */
      readonly program: string | undefined
      readonly fault: LegFault
    }

/** @param result the clock and the mint, read in one state. Never throws. */
export function readMint(asset: SolanaAsset, result: SolanaReadResult | undefined): SplMint {
  const [clock, mint] = result?.status === "ok" ? result.accounts : []
  const unusable = (code: ChainFaultCode, why: string): SplMint => ({
    status: "unusable",
    asset,
    program: mint && isTokenProgram(mint.owner) ? mint.owner : undefined,
    fault: unknownAsset(SPL, code, `mint of ${asset.symbol} (${asset.mint}): ${why}`),
  })
  if (result?.status !== "ok") return unusable(result?.code ?? "DECODE", result?.detail ?? "was not answered")
  if (!mint) return unusable("NOT_DEPLOYED", "does not exist")
  if (!isTokenProgram(mint.owner)) return unusable("DECODE", `belongs to ${mint.owner}, which is no token program`)
  if (!clock) return unusable("DECODE", "the clock that dates its fee is missing")
  try {
    const decoded = decodeMint(mint.data)
    if (!decoded.initialized) return unusable("NOT_DEPLOYED", "is not initialised")
    if (decoded.decimals !== asset.decimals) {
      return unusable("DECODE", `has ${decoded.decimals} decimals, the configuration says ${asset.decimals}`)
    }
    const stuck = immobility(decoded)
    if (stuck !== undefined) return unusable("UNSUPPORTED_POSITION", stuck)
    return { status: "usable", asset, program: mint.owner, fee: transferFeeOf(decoded, decodeClock(clock.data).epoch) }
  } catch (error) {
    return unusable("DECODE", reasonOf(error))
  }
}

const isTokenProgram = (program: string): boolean => program === TOKEN_PROGRAM || program === TOKEN_2022_PROGRAM
