/**
 * The ERC-20 tokens of a local chain: canonical WETH9 and mintable tokens with the decimals of the real ones.
 */
import type { Address } from "viem"
import { loadArtifact } from "./artifact.js"
import type { DevWallet } from "./deploy.js"

const AAVE = "@aave/core-v3/artifacts/contracts"
const mintable = loadArtifact(`${AAVE}/mocks/tokens/MintableERC20.sol/MintableERC20.json`)
const weth9 = loadArtifact(`${AAVE}/mocks/tokens/WETH9Mocked.sol/WETH9Mocked.json`)

export const TOKENS = {
  WETH: { symbol: "WETH", name: "Wrapped Ether", decimals: 18 },
  USDC: { symbol: "USDC", name: "USD Coin", decimals: 6 },
  WBTC: { symbol: "WBTC", name: "Wrapped BTC", decimals: 8 },
} as const
export type TokenSymbol = keyof typeof TOKENS

interface DevToken {
  readonly address: Address
  readonly symbol: TokenSymbol
  readonly decimals: number
  /** Creates `amount` (at the token's own decimals) for `to`. */
  mint(to: Address, amount: bigint): Promise<void>
  approve(owner: Address, spender: Address, amount: bigint): Promise<void>
}

export type DevTokens = Readonly<Record<TokenSymbol, DevToken>>

/** Deploys WETH, USDC and WBTC; `from` deploys and mints. */
export async function deployTokens(wallet: DevWallet, from?: Address): Promise<DevTokens> {
  const as = from && { from }
  const token = async (symbol: TokenSymbol): Promise<DevToken> => {
    const { name, decimals } = TOKENS[symbol]
    const artifact = symbol === "WETH" ? weth9 : mintable
    const address = await wallet.deploy(artifact, symbol === "WETH" ? [] : [name, symbol, decimals], as)
    const call = async (functionName: string, args: readonly unknown[], sender?: Address) => {
      await wallet.write({ to: address, abi: artifact.abi, functionName, args, ...(sender ? { from: sender } : as) })
    }
    return {
      address,
      symbol,
      decimals,
      mint: (to, amount) => call("mint", [to, amount]),
      approve: (owner, spender, amount) => call("approve", [spender, amount], owner),
    }
  }
  const [WETH, USDC, WBTC] = await Promise.all([token("WETH"), token("USDC"), token("WBTC")])
  return { WETH, USDC, WBTC }
}
