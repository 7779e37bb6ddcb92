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
  keccak256,
  type LocalAccount,
  publicActions,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from "viem"
import { chainId } from "../../aggregator/domain/caip.js"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import { ChainFault, shortened } from "../chain-fault.js"
import { failoverTransport } from "./failover-transport.js"
import {
  type FeeMarket,
  type FeePolicy,
  feesToOffer,
  type GasFees,
  GasPriceCappedError,
  MARKET_FEES,
} from "./fee-policy.js"

export interface SenderOptions {
  readonly url: string
  /** Further endpoints, for when the first cannot be used. */
  readonly fallbackUrls?: readonly string[]
  /** EIP-155 chain id that transactions are signed for: a node of another chain refuses them. */
  readonly chainId: number
  readonly account: LocalAccount
  readonly requestTimeoutMs?: number
  /** How long a sent transaction may stay unmined. */
  readonly confirmTimeoutMs?: number
  /** How long it may stay unmined before it is offered again for more. */
  readonly stuckAfterMs?: number
  readonly fees?: FeePolicy
}

export interface ContractCall {
  readonly to: Holder
  readonly abi: Abi
  readonly functionName: string
  readonly args: readonly unknown[]
  /** Wei. */
  readonly value?: bigint
  /** Wei that its gas may cost. */
  readonly mostFee?: bigint | undefined
}

export interface Quote {
  /** The limit that the transaction gets. */
  readonly gas: bigint
  /** Wei: the most that it can cost. */
  readonly fee: bigint
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
  constructor(
    readonly transaction: Hex,
    /** Wei that it cost all the same. */
    readonly fee: bigint,
  ) {
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

/** Somebody else sends with the same key, faster than we. */
class KeyInUseError extends PlimsollError {
  readonly code = "KEY_IN_USE"
  constructor(readonly address: Holder) {
    super(`other transactions of ${address} keep taking the numbers of ours; use the key for nothing else`)
  }
}

export type EvmSender = ReturnType<typeof openSender>

const REQUEST_TIMEOUT_MS = 10_000
const CONFIRM_TIMEOUT_MS = 60_000
const STUCK_AFTER_MS = 20_000
const FIRST_POLL_MS = 20
const SLOWEST_POLL_MS = 1_000
/** The estimate is the least that suffices on the estimated state; a storage slot more must not fail the transaction. */
const GAS_HEADROOM_PERCENT = 125n
/** A node may know a block's number before its receipts: only after as many looks is a receipt not there. */
const MOST_MISSED_RECEIPTS = 5
/** How often another transaction of the key may come first before that is somebody else's doing. */
const MOST_TURNS = 5

/** The highest fees at which this sender has offered a transaction of a number. */
interface InFlight {
  readonly nonce: number
  readonly fees: GasFees
}

interface Request {
  readonly to: Holder | null
  readonly data: Hex
  readonly value: bigint
  readonly gas: bigint
  readonly nonce: number
  readonly mostFee: bigint | undefined
}

/**
 * Opens a sender. Use one per key and chain: it sends one transaction after the other. The number of each comes from
 * the chain, and an earlier one that is not mined yet is replaced, so that no crash can make two of one.
 */
export function openSender(options: SenderOptions) {
  const { account, requestTimeoutMs = REQUEST_TIMEOUT_MS, confirmTimeoutMs = CONFIRM_TIMEOUT_MS } = options
  const { stuckAfterMs = STUCK_AFTER_MS, fees: policy = MARKET_FEES } = options
  const urls = [options.url, ...(options.fallbackUrls ?? [])]
  const chain = defineChain({
    id: options.chainId,
    name: `eip155:${options.chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: urls } },
  })
  const transport = failoverTransport({ urls, chainId: chain.id, timeoutMs: requestTimeoutMs })
  const client = createWalletClient({ account, chain, transport, cacheTime: 0 }).extend(publicActions)
  let last: Promise<unknown> = Promise.resolve()
  let inFlight: InFlight | undefined

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    // A failed transaction is its caller's business and does not stop the next one.
    last = turn.catch(() => undefined)
    return turn
  }

  const minedCount = () => client.getTransactionCount({ address: account.address, blockTag: "latest" })

  async function market(): Promise<FeeMarket> {
    const [suggested, block] = await Promise.all([client.estimateFeesPerGas(), client.getBlock()])
    return { suggested, baseFee: block.baseFeePerGas ?? 0n }
  }

  const priced = async ({ gas, mostFee }: Pick<Request, "gas" | "mostFee">, replaced?: GasFees): Promise<GasFees> => {
    const { mostPerGas } = policy
    const affordable = mostFee === undefined ? null : mostFee / gas
    const cap = affordable !== null && (mostPerGas === null || affordable < mostPerGas) ? affordable : mostPerGas
    return feesToOffer(await market(), { ...policy, mostPerGas: cap }, replaced)
  }

  /** Sends until it is mined; `undefined` when another transaction of the key got its number. */
  async function sendNow(request: Request, signal: AbortSignal): Promise<TransactionReceipt | undefined> {
    signal.throwIfAborted()
    const { mostFee: _, ...call } = request
    const deadline = Date.now() + confirmTimeoutMs
    const { nonce } = request
    const hashes = new Set<Hex>()
    let fees = await priced(request, inFlight?.nonce === nonce ? inFlight.fees : undefined)
    for (;;) {
      // Kept before it is sent: an answer that is lost must not lose the transaction.
      inFlight = { nonce, fees }
      // Signed here and not by the client, which would take the chain id from the node.
      const transaction = { chainId: chain.id, type: "eip1559", ...call, ...fees } as const
      const serializedTransaction = await account.signTransaction(transaction)
      hashes.add(keccak256(serializedTransaction))
      await client.sendRawTransaction({ serializedTransaction }).catch(unlessPassedOver)
      const outcome = await mined(nonce, hashes, Math.min(deadline, Date.now() + stuckAfterMs), signal)
      if (outcome === "elsewhere") return undefined
      if (outcome !== null) return outcome
      if (Date.now() >= deadline) throw unconfirmed(hashes, `within ${confirmTimeoutMs} ms`)
      fees = await priced(request, fees).catch(unlessCapped(fees))
    }
  }

  /** The receipt of one of these; "elsewhere" when the chain used the number for another; `null` when neither by then. */
  async function mined(
    nonce: number,
    hashes: ReadonlySet<Hex>,
    until: number,
    signal: AbortSignal,
  ): Promise<TransactionReceipt | "elsewhere" | null> {
    let missed = 0
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(2 * pause, SLOWEST_POLL_MS)) {
      const used = (await minedCount()) > nonce
      for (const hash of hashes) {
        const receipt = await client.getTransactionReceipt({ hash }).catch(unlessUnknown)
        if (receipt?.status === "success") return receipt
        if (receipt) throw new TransactionFailedError(hash, receipt.gasUsed * receipt.effectiveGasPrice)
      }
      if (used && ++missed === MOST_MISSED_RECEIPTS) return "elsewhere"
      if (signal.aborted) throw unconfirmed(hashes, "stopped while waiting")
      if (!used && Date.now() > until) return null
      await delay(pause, undefined, { signal }).catch(() => undefined)
    }
  }

  async function quoted(estimate: () => Promise<bigint>, mostFee: bigint | undefined): Promise<Quote> {
    const gas = ((await estimate()) * GAS_HEADROOM_PERCENT) / 100n
    const { maxFeePerGas } = await priced({ gas, mostFee })
    return { gas, fee: gas * maxFeePerGas }
  }

  /** A dry run before each attempt: what came first may have made it needless. */
  async function sendInTurns(
    request: Omit<Request, "gas" | "nonce">,
    estimate: () => Promise<bigint>,
    signal: AbortSignal,
  ): Promise<TransactionReceipt> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      // Before the dry run: what comes first between the two also takes the number, and nothing is sent on a stale state.
      const nonce = await minedCount()
      const gas = ((await estimate()) * GAS_HEADROOM_PERCENT) / 100n
      const receipt = await sendNow({ ...request, gas, nonce }, signal)
      if (receipt) return receipt
    }
    throw new KeyInUseError(account.address)
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

    /** Wei that the key holds. @throws ChainFault */
    balance: (): Promise<bigint> => client.getBalance({ address: account.address }).catch(rethrown),

    /**
     * What a call would cost at most, by a dry run.
     *
     * @throws CallRefusedError; GasPriceCappedError; ChainFault.
     */
    quote: ({ to, value = 0n, mostFee, ...call }: ContractCall): Promise<Quote> =>
      quoted(
        () => client.estimateContractGas({ address: to, account: account.address, value, ...call }),
        mostFee,
      ).catch(rethrown),

    /**
     * Calls a contract in a transaction and resolves with the receipt once it is mined.
     *
     * @throws CallRefusedError when the dry run reverts; GasPriceCappedError; TransactionFailedError;
     *   TransactionUnconfirmedError; ChainFault when the node cannot be reached or refuses.
     */
    call: ({ to, value = 0n, mostFee, ...call }: ContractCall, signal: AbortSignal): Promise<TransactionReceipt> =>
      inTurn(() =>
        sendInTurns(
          { to, value, data: encodeFunctionData(call), mostFee },
          () => client.estimateContractGas({ address: to, account: account.address, value, ...call }),
          signal,
        ),
      ).catch(rethrown),

    /** Deploys a contract and returns its checksummed address. @throws as `call`. */
    deploy: (abi: Abi, bytecode: Hex, args: readonly unknown[], signal: AbortSignal): Promise<Holder> =>
      inTurn(async () => {
        const data = encodeDeployData({ abi, bytecode, args })
        const { contractAddress } = await sendInTurns(
          { to: null, value: 0n, data, mostFee: undefined },
          () => client.estimateGas({ account: account.address, data }),
          signal,
        )
        if (!contractAddress) throw new ChainFault("DECODE", "the receipt of a deployment names no contract")
        return getAddress(contractAddress)
      }).catch(rethrown),
  }
}

const unconfirmed = (hashes: ReadonlySet<Hex>, why: string) =>
  new TransactionUnconfirmedError([...hashes].at(-1) ?? "0x", why)

/** Not taken for want of a higher fee, or because the node has it, or its number is used: what happens is seen on chain. */
function unlessPassedOver(error: unknown): void {
  const words = error instanceof BaseError ? [error.details, error.walk()?.message].join(" ") : ""
  if (!/already (known|imported)|underpriced|nonce (is )?too low/i.test(words)) throw error
}

/** Above the cap the offer stays as it is. */
const unlessCapped =
  (fees: GasFees) =>
  (error: unknown): GasFees => {
    if (error instanceof GasPriceCappedError) return fees
    throw error
  }

function unlessUnknown(error: unknown): null {
  if (error instanceof TransactionReceiptNotFoundError) return null
  throw error
}

/** viem's errors as ours; their full text holds the endpoint's URL, so only the short one is kept. */
export function rethrown(error: unknown): never {
  if (!(error instanceof BaseError)) throw error
  const fault = error.walk(cause => cause instanceof ChainFault)
  if (fault instanceof ChainFault) throw fault
  const reverted = error.walk(cause => cause instanceof ContractFunctionRevertedError)
  if (reverted instanceof ContractFunctionRevertedError) {
    const name = reverted.data?.errorName ?? reverted.reason ?? reverted.signature ?? "no reason"
    throw new CallRefusedError(name, reverted.data?.args ?? [], error)
  }
  throw new ChainFault("RPC_UNAVAILABLE", shortened(error.shortMessage))
}
