/**
 * Uniswap v3 on a local chain: what people do with its position manager and its router, on pools at a given price.
 */
import { type Address, maxUint128, maxUint256, parseAbi, parseEventLogs, zeroAddress } from "viem"
import { loadArtifact } from "./artifact.js"
import { type Contract, ownerOf } from "./contract-owner.js"
import type { DevWallet } from "./deploy.js"
import { createPool, deployUniswapFactory, type FeeTier, type NewPool } from "./uniswap-v3-pools.js"

const periphery = (name: string) => loadArtifact(`@uniswap/v3-periphery/artifacts/contracts/${name}.sol/${name}.json`)

const managerArtifact = periphery("NonfungiblePositionManager")
const routerArtifact = periphery("SwapRouter")

const erc20 = parseAbi(["function approve(address spender, uint256 amount) returns (bool)"])
const managerEvents = parseAbi([
  "event IncreaseLiquidity(uint256 indexed tokenId, uint128 liquidity, uint256 amount0, uint256 amount1)",
])

export interface NewPosition {
  readonly pool: Omit<NewPool, "from" | "sqrtPrice">
  readonly ticks: readonly [lower: number, upper: number]
  /** At most this much of each token is put in. */
  readonly amounts: readonly [bigint, bigint]
}

export interface Swap {
  readonly tokenIn: Address
  readonly tokenOut: Address
  readonly fee: FeeTier
  readonly amountIn: bigint
}

/** Deploys everything as `address`; what its users do goes through the manager and the router. */
export async function deployUniswapV3(wallet: DevWallet, address: Address) {
  const owner = ownerOf(wallet, address)
  const factory = await deployUniswapFactory(wallet, address)
  // Neither a wrapped coin nor a descriptor of images is needed to hold positions in two tokens.
  const [manager, router] = await Promise.all([
    owner.deploy(managerArtifact, [factory.address, zeroAddress, zeroAddress]),
    owner.deploy(routerArtifact, [factory.address, zeroAddress]),
  ])
  const approve = (from: Address, token: Address, spender: Contract) =>
    wallet.write({
      from,
      to: token,
      abi: erc20,
      functionName: "approve",
      args: [spender.address, maxUint256],
    })
  const onManager = (from: Address, functionName: string, ...args: readonly unknown[]) =>
    wallet.write({ from, to: manager.address, abi: manager.abi, functionName, args })

  return {
    factory,
    manager,
    router,
    createPool: (pool: Omit<NewPool, "from">) => createPool(wallet, factory, { ...pool, from: address }),
    /** Mints a position for its owner, who holds the tokens, and returns the NFT's id. */
    async mint(from: Address, { pool, ticks, amounts }: NewPosition): Promise<bigint> {
      const [token0, token1] = pool.tokens
      await Promise.all(pool.tokens.map(token => approve(from, token, manager)))
      const position = { token0, token1, fee: pool.fee, tickLower: ticks[0], tickUpper: ticks[1] }
      const desired = { amount0Desired: amounts[0], amount1Desired: amounts[1], amount0Min: 0n, amount1Min: 0n }
      const { logs } = await onManager(from, "mint", { ...position, ...desired, recipient: from, deadline: maxUint256 })
      const [added] = parseEventLogs({ abi: managerEvents, logs })
      if (!added) throw new Error("the position manager minted nothing")
      return added.args.tokenId
    },
    decreaseLiquidity: (from: Address, tokenId: bigint, liquidity: bigint) =>
      onManager(from, "decreaseLiquidity", {
        tokenId,
        liquidity,
        amount0Min: 0n,
        amount1Min: 0n,
        deadline: maxUint256,
      }),
    collect: (from: Address, tokenId: bigint) =>
      onManager(from, "collect", { tokenId, recipient: from, amount0Max: maxUint128, amount1Max: maxUint128 }),
    /** Sells exactly `amountIn` that the trader holds. */
    async swap(from: Address, { tokenIn, tokenOut, fee, amountIn }: Swap) {
      await approve(from, tokenIn, router)
      const trade = { tokenIn, tokenOut, fee, recipient: from, deadline: maxUint256, amountIn }
      const args = [{ ...trade, amountOutMinimum: 0n, sqrtPriceLimitX96: 0n }]
      await wallet.write({ from, to: router.address, abi: router.abi, functionName: "exactInputSingle", args })
    },
  }
}
