/**
 * Sends one key's contract calls on one chain and waits until each is mined.
 * Every call is dry-run first, so what the contract would refuse costs no gas and is reported by the contract's own error.
 */
import { setTimeout as delay } from "node:timers/promises"
import {
  type Abi,
  BaseError,
  ContractFunctionRevertedError,
  createWalletClient,
  defineChain,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  type Hex,
  type Address as Holder,
  http,
  type LocalAccount,
  publicActions,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from "viem"
import { chainId } from "../../aggregator/domain/caip.js"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import { ChainFault, shortened } from "../chain-fault.js"

export interface SenderOptions {
  readonly url: string
  /** EIP-155 chain id that transactions are signed for: a node of another chain refuses them. */
  readonly chainId: number
  readonly account: LocalAccount
  readonly requestTimeoutMs?: number
  /** How long a sent transaction may stay unmined. */
  readonly confirmTimeoutMs?: number
}

export interface ContractCall {
  readonly to: Holder
  readonly abi: Abi
  readonly functionName: string
  readonly args: readonly unknown[]
  /** Wei. */
  readonly value?: bigint
}

/** The contract reverts the call; nothing was sent. `errorName` is the contract's own. */
export class CallRefusedError extends PlimsollError {
  readonly code = "CALL_REFUSED"
  constructor(
    readonly errorName: string,
    readonly args: readonly unknown[],
    cause: unknown,
  ) {
    super(`the contract refuses the call: ${errorName}(${args.join(", ")})`, { cause })
  }
}

/** Mined, and reverted although the dry run passed: the state changed in between. */
export class TransactionFailedError extends PlimsollError {
  readonly code = "TRANSACTION_FAILED"
  constructor(readonly transaction: Hex) {
    super(`transaction ${transaction} was mined and reverted`)
  }
}

export class TransactionUnconfirmedError extends PlimsollError {
  readonly code = "TRANSACTION_UNCONFIRMED"
  constructor(
    readonly transaction: Hex,
    readonly why: string,
  ) {
    super(`transaction ${transaction} was sent and not seen mined: ${why}`)
  }
}

export type EvmSender = ReturnType<typeof openSender>

const REQUEST_TIMEOUT_MS = 10_000
const CONFIRM_TIMEOUT_MS = 60_000
const FIRST_POLL_MS = 20
const SLOWEST_POLL_MS = 1_000
/** The estimate is the least that suffices on the estimated state; a storage slot more must not fail the transaction. */
const GAS_HEADROOM_PERCENT = 125n

/**
 * Opens a sender. Use one per key and chain: it numbers its transactions by sending one after the other.
 */
export function openSender(options: SenderOptions) {
  const { url, account, requestTimeoutMs = REQUEST_TIMEOUT_MS, confirmTimeoutMs = CONFIRM_TIMEOUT_MS } = options
  const chain = defineChain({
    id: options.chainId,
    name: `eip155:${options.chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  })
  const transport = http(url, { timeout: requestTimeoutMs, retryCount: 1 })
  const client = createWalletClient({ account, chain, transport, cacheTime: 0 }).extend(publicActions)
  let last: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    // A failed transaction is its caller's business and does not stop the next one.
    last = turn.catch(() => undefined)
    return turn
  }

  async function sendNow(data: Hex, to: Holder | null, gas: bigint, value: bigint, signal: AbortSignal) {
    signal.throwIfAborted()
    const nonce = await client.getTransactionCount({ address: account.address, blockTag: "pending" })
    const fees = await client.estimateFeesPerGas()
    const limit = (gas * GAS_HEADROOM_PERCENT) / 100n
    // Signed here and not by the client, which would take the chain id from the node.
    const transaction = { chainId: chain.id, type: "eip1559", to, data, value, gas: limit, nonce, ...fees } as const
    const serializedTransaction = await account.signTransaction(transaction)
    return mined(await client.sendRawTransaction({ serializedTransaction }), signal)
  }

  async function mined(transaction: Hex, signal: AbortSignal): Promise<TransactionReceipt> {
    const deadline = Date.now() + confirmTimeoutMs
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(2 * pause, SLOWEST_POLL_MS)) {
      const receipt = await client.getTransactionReceipt({ hash: transaction }).catch(unlessUnknown)
      if (receipt?.status === "success") return receipt
      if (receipt) throw new TransactionFailedError(transaction)
      if (signal.aborted) throw new TransactionUnconfirmedError(transaction, "stopped while waiting")
      if (Date.now() > deadline) throw new TransactionUnconfirmedError(transaction, `within ${confirmTimeoutMs} ms`)
      await delay(pause, undefined, { signal }).catch(() => undefined)
    }
  }

  return {
    chain: chainId(`eip155:${options.chainId}`),
    address: account.address,
    /** Reads of the same chain. */
    client,

    /** @throws ChainFault `WRONG_CHAIN` when the node sits on another chain. */
    async requireChain(): Promise<void> {
      const actual = await client.getChainId().catch(rethrown)
      if (actual === chain.id) return
      throw new ChainFault("WRONG_CHAIN", `the node is on eip155:${actual}, eip155:${chain.id} is configured`)
    },

    /** Resolves when no transaction of the key, also of an earlier run, waits to be mined. @throws TransactionUnconfirmedError, ChainFault. */
    async settled(signal: AbortSignal): Promise<void> {
      const deadline = Date.now() + confirmTimeoutMs
      for (let pause = FIRST_POLL_MS; ; pause = Math.min(2 * pause, SLOWEST_POLL_MS)) {
        const { address } = account
        const [mined, sent] = await Promise.all([
          client.getTransactionCount({ address, blockTag: "latest" }),
          client.getTransactionCount({ address, blockTag: "pending" }),
        ]).catch(rethrown)
        if (sent <= mined) return
        if (signal.aborted || Date.now() > deadline) {
          throw new TransactionUnconfirmedError("0x", `${sent - mined} sent earlier wait to be mined`)
        }
        await delay(pause, undefined, { signal }).catch(() => undefined)
      }
    },

    /**
     * Calls a contract in a transaction and resolves with the receipt once it is mined.
     *
     * @throws CallRefusedError when the dry run reverts; TransactionFailedError; TransactionUnconfirmedError;
     *   ChainFault when the node cannot be reached or refuses.
     */
    call: ({ to, value = 0n, ...call }: ContractCall, signal: AbortSignal): Promise<TransactionReceipt> =>
      inTurn(async () => {
        const gas = await client.estimateContractGas({ address: to, account: account.address, value, ...call })
        return sendNow(encodeFunctionData(call), to, gas, value, signal)
      }).catch(rethrown),

    /** Deploys a contract and returns its checksummed address. @throws as `call`. */
    deploy: (abi: Abi, bytecode: Hex, args: readonly unknown[], signal: AbortSignal): Promise<Holder> =>
      inTurn(async () => {
        const data = encodeDeployData({ abi, bytecode, args })
        const { contractAddress } = await sendNow(
          data,
          null,
          await client.estimateGas({ account: account.address, data }),
          0n,
          signal,
        )
        if (!contractAddress) throw new ChainFault("DECODE", "the receipt of a deployment names no contract")
        return getAddress(contractAddress)
      }).catch(rethrown),
  }
}

function unlessUnknown(error: unknown): null {
  if (error instanceof TransactionReceiptNotFoundError) return null
  throw error
}

/** viem's errors as ours; their full text holds the endpoint's URL, so only the short one is kept. */
export function rethrown(error: unknown): never {
  if (!(error instanceof BaseError)) throw error
  const reverted = error.walk(cause => cause instanceof ContractFunctionRevertedError)
  if (reverted instanceof ContractFunctionRevertedError) {
    const name = reverted.data?.errorName ?? reverted.reason ?? reverted.signature ?? "no reason"
    throw new CallRefusedError(name, reverted.data?.args ?? [], error)
  }
  throw new ChainFault("RPC_UNAVAILABLE", shortened(error.shortMessage))
}
