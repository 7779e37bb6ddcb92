/**
 * A local Ethereum with many holders of tokens and Aave deposits, put there in few transactions.
 */
import { type Address, encodeFunctionData, type Hex, maxUint256, numberToHex, parseAbi } from "viem"
import { type EthereumChain, roleAddress, startEthereum } from "../../chains/devnet/evm/chains.js"
import { pricesAt } from "../../chains/devnet/market-path.js"

const multicall = parseAbi([
  "struct Call3 { address target; bool allowFailure; bytes callData; }",
  "function aggregate3(Call3[] calls) payable",
])
const token = parseAbi([
  "function mint(address to, uint256 amount)",
  "function approve(address spender, uint256 amount)",
])
const pool = parseAbi(["function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode)"])

const GAS_LIMIT = 90_000_000n
/** Calls of this weight that fit into one transaction. */
const PER_TRANSACTION = 200

interface Call {
  readonly target: Address
  readonly data: Hex
}

/** Addresses that nobody else uses. */
export const manyHolders = (count: number): readonly Address[] =>
  Array.from({ length: count }, (_, index) => numberToHex(0xa11ce000000n + BigInt(index), { size: 20 }))

/** Ethereum with three ERC-20 balances and an Aave deposit of each holder. */
export async function startManyAccounts(holders: readonly Address[]): Promise<EthereumChain> {
  const chain = await startEthereum(pricesAt(0))
  const { wallet, tokens, multicall3, aave } = chain
  const from = roleAddress(wallet, "owners")

  async function through(calls: readonly Call[]): Promise<void> {
    for (let first = 0; first < calls.length; first += PER_TRANSACTION) {
      const part = calls.slice(first, first + PER_TRANSACTION)
      const args = [part.map(({ target, data }) => ({ target, allowFailure: false, callData: data }))] as const
      const data = encodeFunctionData({ abi: multicall, functionName: "aggregate3", args })
      const { status } = await wallet.client.sendTransactionSync({
        account: from,
        to: multicall3,
        data,
        gas: GAS_LIMIT,
      })
      if (status !== "success") throw new Error("the holders could not be given what they hold")
    }
  }
  const call = (target: Address, data: Hex): Call => ({ target, data })
  const mint = (to: Address, amount: bigint) =>
    encodeFunctionData({ abi: token, functionName: "mint", args: [to, amount] })

  try {
    const deposit = 10n ** 18n
    await tokens.WETH.mint(multicall3, deposit * BigInt(holders.length))
    const approve = encodeFunctionData({ abi: token, functionName: "approve", args: [aave.pool, maxUint256] })
    await through([call(tokens.WETH.address, approve)])
    await through(
      holders.flatMap((holder, index) => {
        const args = [tokens.WETH.address, deposit, holder, 0] as const
        return [
          ...Object.values(tokens).map(({ address }) => call(address, mint(holder, BigInt(index + 1) * 1_000_003n))),
          call(aave.pool, encodeFunctionData({ abi: pool, functionName: "supply", args })),
        ]
      }),
    )
    await wallet.client.mine({ blocks: 3 })
    return chain
  } catch (error) {
    await chain.anvil.stop()
    throw error
  }
}
