/**
 * Uniswap v3's factory and pools on a local chain, from its package's artifacts: also what Perp Curie trades on.
 */
import { type Address, getAddress } from "viem"
import { integerRoot } from "../../../aggregator/domain/integer-root.js"
import { loadArtifact } from "./artifact.js"
import { type Contract, ownerOf } from "./contract-owner.js"
import type { DevWallet } from "./deploy.js"

const core = (name: string) => loadArtifact(`@uniswap/v3-core/artifacts/contracts/${name}.sol/${name}.json`)

const factoryArtifact = core("UniswapV3Factory")
const poolArtifact = core("UniswapV3Pool")

const Q96 = 2n ** 96n

/** Basis points × 100 of each swap that the liquidity earns; each tier has its own spacing of ticks. */
export const TICK_SPACING = { 500: 10, 3000: 60, 10000: 200 } as const
export type FeeTier = keyof typeof TICK_SPACING

/** Deploys the factory alone: what a protocol that runs its own pools needs. */
export const deployUniswapFactory = (wallet: DevWallet, address: Address): Promise<Contract> =>
  ownerOf(wallet, address).deploy(factoryArtifact)

/** √price × 2^96, cut off; `price1For0` is token1 per token0 in their smallest units, as a fraction. */
export const sqrtPriceX96 = ([numerator, denominator]: readonly [bigint, bigint]): bigint =>
  integerRoot((numerator * Q96 * Q96) / denominator, "down")

/** Creates the pool of two tokens and starts it at a price; the tokens in their order by address. */
export async function createPool(
  wallet: DevWallet,
  factory: Contract,
  { from, tokens: [token0, token1], fee, sqrtPrice }: NewPool,
): Promise<Contract> {
  await wallet.write({
    from,
    to: factory.address,
    abi: factory.abi,
    functionName: "createPool",
    args: [token0, token1, fee],
  })
  const query = { address: factory.address, abi: factory.abi, functionName: "getPool", args: [token0, token1, fee] }
  const pool = { address: getAddress(String(await wallet.client.readContract(query))), abi: poolArtifact.abi }
  await wallet.write({ from, to: pool.address, abi: pool.abi, functionName: "initialize", args: [sqrtPrice] })
  return pool
}

export interface NewPool {
  readonly from: Address
  /** In their order by address. */
  readonly tokens: readonly [Address, Address]
  readonly fee: FeeTier
  readonly sqrtPrice: bigint
}
