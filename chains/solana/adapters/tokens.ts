/**
 * The tokens of one holder under one token program: all of its token accounts, summed by mint.
 * An account counts what would arrive if it were emptied today: nothing when frozen, less the transfer fee otherwise.
 */
import type { ChainId } from "../../../aggregator/domain/caip.js"
import { quantityFromRaw } from "../../../aggregator/domain/fixed.js"
import type { LegFault } from "../../../aggregator/domain/reading.js"
import type { SolanaAccount, SolanaReadResult } from "../adapter.js"
import { assetIdOf } from "../asset-id.js"
import { LayoutError } from "../layout.js"
import { afterTransferFee } from "../mint-extensions.js"
import { decodeTokenAccount, type TokenAccount } from "../token-layout.js"
import { type Holding, reasonOf, SPL, unknownAsset } from "./holding.js"
import type { SplMint } from "./mint.js"

export interface TokenSearch {
  readonly chain: ChainId
  readonly mints: readonly SplMint[]
  readonly holder: string
  readonly program: string
}

export function tokenHolding(search: TokenSearch, result: SolanaReadResult | undefined): Holding {
  if (result?.status !== "ok") {
    const { code, detail } = result ?? { code: "DECODE", detail: "was not answered" }
    return { legs: [], faults: [unknownAsset(SPL, code, `token accounts: ${detail}`)] }
  }
  const { chain, program } = search
  const mints = new Map(search.mints.filter(mint => mint.program === program).map(mint => [mint.asset.mint, mint]))
  const spendable = new Map<string, bigint>()
  const faults: LegFault[] = []
  for (const account of result.accounts) {
    try {
      const token = account && decodeOwned(account, search)
      const mint = token && mints.get(token.mint)
      if (!mint || token.amount === 0n || token.state === "uninitialized") continue
      if (mint.status === "unusable") faults.push(mint.fault)
      else if (token.state === "frozen") faults.push(frozen(mint.asset.symbol, account.key))
      else spendable.set(token.mint, (spendable.get(token.mint) ?? 0n) + afterTransferFee(token.amount, mint.fee))
    } catch (error) {
      faults.push(unknownAsset(SPL, "DECODE", `account ${account?.key} ${reasonOf(error)}`))
    }
  }
  const legs = [...mints.values()].flatMap(({ asset: { mint, symbol, decimals } }) => {
    const amount = quantityFromRaw(spendable.get(mint) ?? 0n, decimals, "down")
    return amount === 0n
      ? []
      : [{ kind: "collateral", chain, venue: SPL, asset: assetIdOf(chain, mint), symbol, amount } as const]
  })
  return { legs, faults }
}

/** @throws LayoutError when the account is not what was asked for: its balance would be somebody else's. */
function decodeOwned({ owner, data }: SolanaAccount, { holder, program }: TokenSearch): TokenAccount {
  if (owner !== program) throw new LayoutError("token account", `belongs to ${owner}, not to ${program}`)
  const token = decodeTokenAccount(data)
  if (token.owner !== holder) throw new LayoutError("token account of the holder", `is owned by ${token.owner}`)
  return token
}

const frozen = (symbol: string, key: string): LegFault =>
  unknownAsset(SPL, "UNSUPPORTED_POSITION", `${symbol} account ${key} is frozen`)
