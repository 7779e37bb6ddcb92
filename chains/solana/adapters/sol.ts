/**
 * SOL in a wallet. Lamports in an account that a program owns, or that carries data, are not the holder's to send:
 * they are rent, a stake or a vault.
 */
import type { ChainId } from "../../../aggregator/domain/caip.js"
import { quantityFromRaw } from "../../../aggregator/domain/fixed.js"
import type { SolanaAsset, SolanaReadResult } from "../adapter.js"
import { assetIdOf } from "../asset-id.js"
import { type Holding, NOTHING, unknownAsset, WALLET } from "./holding.js"

const SYSTEM_PROGRAM = "11111111111111111111111111111111"

export function solHolding(
  chain: ChainId,
  { mint, symbol, decimals }: SolanaAsset,
  result: SolanaReadResult | undefined,
): Holding {
  if (result?.status !== "ok") {
    const { code, detail } = result ?? { code: "DECODE", detail: "was not answered" }
    return { legs: [], faults: [unknownAsset(WALLET, code, `${symbol} balance: ${detail}`)] }
  }
  const [account] = result.accounts
  // An account with nothing in it does not exist on Solana.
  if (!account || account.lamports === 0n) return NOTHING
  if (account.owner !== SYSTEM_PROGRAM || account.data.length > 0) {
    const detail = `the ${symbol} of an account owned by ${account.owner} cannot be sent by its address`
    return { legs: [], faults: [unknownAsset(WALLET, "UNSUPPORTED_POSITION", detail)] }
  }
  const amount = quantityFromRaw(account.lamports, decimals, "down")
  return {
    legs: [{ kind: "collateral", chain, venue: WALLET, asset: assetIdOf(chain, mint), symbol, amount }],
    faults: [],
  }
}
