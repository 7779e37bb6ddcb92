/**
 * A wallet over a local chain: reads, deploys and sends as any of the funded accounts.
 * Transactions are mined when sent (`eth_sendTransactionSync`), so no receipt is ever polled for.
 */
import {
  type Abi,
  type Address,
  type Chain,
  createTestClient,
  defineChain,
  encodeDeployData,
  encodeFunctionData,
  formatTransactionReceipt,
  getAddress,
  type Hex,
  http,
  numberToHex,
  publicActions,
  type RpcTransactionReceipt,
  rpcSchema,
  type TransactionReceipt,
  walletActions,
} from "viem"
import { PlimsollError } from "../../../aggregator/domain/errors.js"
import { type Artifact, type Libraries, link } from "./artifact.js"

export interface DevTransaction {
  /** A funded account; the first when absent. */
  readonly from?: Address
  /** Absent for a deployment. */
  readonly to?: Address
  readonly data?: Hex
  readonly value?: bigint
}

export interface DevWrite {
  readonly from?: Address
  readonly to: Address
  readonly abi: Abi
  readonly functionName: string
  readonly args?: readonly unknown[]
  readonly value?: bigint
}

export interface DeployOptions {
  readonly from?: Address
  readonly libraries?: Libraries
}

export class TransactionRevertedError extends PlimsollError {
  readonly code = "TRANSACTION_REVERTED"
  constructor(
    readonly receipt: TransactionReceipt,
    cause: unknown,
  ) {
    super(`transaction ${receipt.transactionHash} reverted: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}

export type DevWallet = Awaited<ReturnType<typeof openDevWallet>>

type SendSync = [
  { Method: "eth_sendTransactionSync"; Parameters: [Record<string, unknown>]; ReturnType: RpcTransactionReceipt },
]

/**
 * One chain's transactions of one account go out one after the other, across all wallets of this process:
 * anvil numbers unlocked accounts' transactions itself, and two at the same moment would get the same nonce.
 */
const lastSent = new Map<string, Promise<unknown>>()

/**
 * More than any transaction here needs. An estimate can be too low: protocols that accrue by time write other slots
 * when the block that takes the transaction has another timestamp than the one estimated on.
 */
const GAS_LIMIT = 15_000_000n

/** Opens a wallet on a local chain; every account of the node is at hand, unlocked. */
export async function openDevWallet(url: string, chainId: number) {
  const chain: Chain = defineChain({
    id: chainId,
    name: `devnet ${chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  })
  const client = createTestClient({
    mode: "anvil",
    chain,
    transport: http(url, { retryCount: 0 }),
    rpcSchema: rpcSchema<SendSync>(),
  })
    .extend(publicActions)
    .extend(walletActions)
  const accounts = await client.getAddresses()
  const [first] = accounts
  if (!first) throw new Error(`${url} has no unlocked accounts; is it a development node?`)

  /** @throws TransactionRevertedError with what the call says when replayed. */
  async function sendNow(from: Address, { to, data, value = 0n }: DevTransaction) {
    const call = { ...(to && { to }), ...(data && { data }) }
    const request = { ...call, from, value: numberToHex(value), gas: numberToHex(GAS_LIMIT) }
    const mined = await client.request({ method: "eth_sendTransactionSync", params: [request] })
    const receipt = formatTransactionReceipt(mined)
    if (receipt.status === "success") return receipt
    const replay = client.call({ ...call, account: from, value, blockNumber: receipt.blockNumber - 1n })
    const cause = await replay.then(
      () => "it succeeds when replayed on the state before its block",
      error => error,
    )
    throw new TransactionRevertedError(receipt, cause)
  }

  /** Sends and resolves with the receipt of the mined transaction. */
  const send = (transaction: DevTransaction): Promise<TransactionReceipt> => {
    const from = transaction.from ?? first
    const queue = `${url} ${from}`
    const sent = (lastSent.get(queue) ?? Promise.resolve()).then(() => sendNow(from, transaction))
    // A failed transaction is its sender's business and does not stop the next one.
    lastSent.set(
      queue,
      sent.catch(() => undefined),
    )
    return sent
  }

  /** Calls a contract function as a transaction. */
  const write = ({ from, to, abi, functionName, args = [], value }: DevWrite) =>
    send({
      to,
      data: encodeFunctionData({ abi, functionName, args }),
      ...(from && { from }),
      ...(value !== undefined && { value }),
    })

  /** Deploys an artifact and returns its checksummed address. */
  async function deploy(artifact: Artifact, args: readonly unknown[] = [], { from, libraries }: DeployOptions = {}) {
    const data = encodeDeployData({ abi: artifact.abi, bytecode: link(artifact, libraries), args })
    const { contractAddress } = await send({ data, ...(from && { from }) })
    if (!contractAddress) throw new Error(`the receipt of ${artifact.contractName} names no contract`)
    return getAddress(contractAddress)
  }

  return { url, chain, client, accounts, send, write, deploy }
}
