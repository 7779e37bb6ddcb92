/**
 * Sends one key's transactions to one cluster and waits until each is confirmed.
 * Every transaction is dry-run first, so what a program would refuse costs nothing and is reported by its own code.
 */
import { setTimeout as delay } from "node:timers/promises"
import { type Keypair, type TransactionInstruction, TransactionMessage, VersionedTransaction } from "@solana/web3.js"
import { z } from "zod"
import { PlimsollError } from "../../aggregator/domain/errors.js"
import { ChainFault } from "../chain-fault.js"
import { encodeBase58 } from "./base58.js"
import type { Cluster } from "./endpoint-failover.js"
import type { RpcEndpoint } from "./rpc.js"

export interface SolanaSenderOptions {
  readonly cluster: Cluster
  readonly payer: Keypair
}

export interface SolanaTransaction {
  /** Its signature, base58. */
  readonly transaction: string
  /** Compute units, as its dry run used them. */
  readonly units: bigint
}

/** A program fails the dry run; nothing was sent. */
export class ProgramRefusedError extends PlimsollError {
  readonly code = "PROGRAM_REFUSED"
  constructor(
    /** The program's own error number; `null` when the runtime refuses. */
    readonly custom: number | null,
    readonly detail: string,
  ) {
    super(`the dry run failed: ${detail}`)
  }
}

/** It does not fit into one packet. */
export class TransactionTooLargeError extends PlimsollError {
  readonly code = "TRANSACTION_TOO_LARGE"
  constructor(readonly bytes: number) {
    super(`the transaction has ${bytes} bytes, a packet holds ${MAX_TRANSACTION_BYTES}`)
  }
}

/** Ran on chain and failed although the dry run passed: the state changed in between. */
export class SolanaTransactionFailedError extends PlimsollError {
  readonly code = "TRANSACTION_FAILED"
  constructor(
    readonly transaction: string,
    readonly detail: string,
  ) {
    super(`transaction ${transaction} failed on chain: ${detail}`)
  }
}

/** Sent and not seen confirmed: `expired` says that it can never be any more. */
class SolanaTransactionUnconfirmedError extends PlimsollError {
  readonly code = "TRANSACTION_UNCONFIRMED"
  constructor(
    readonly transaction: string,
    readonly expired: boolean,
  ) {
    super(`transaction ${transaction} was sent and not seen confirmed${expired ? ": its blockhash ran out" : ""}`)
  }
}

export type SolanaSender = ReturnType<typeof openSolanaSender>

/** What one packet of the network carries. */
export const MAX_TRANSACTION_BYTES = 1_232
const POLL_MS = 200
/** Validators drop what they have no room for, so it is sent again until it is seen. */
const POLLS_PER_BROADCAST = 10
const COMMITMENT = { commitment: "confirmed" } as const

const inContext = <Value extends z.ZodType>(value: Value) => z.object({ value })
const blockhashSchema = inContext(z.object({ blockhash: z.string(), lastValidBlockHeight: z.int().nonnegative() }))
const simulationSchema = inContext(
  z.object({ err: z.unknown(), unitsConsumed: z.int().nonnegative(), logs: z.array(z.string()).nullish() }),
)
const statusSchema = inContext(
  z.tuple([z.object({ err: z.unknown(), confirmationStatus: z.string().nullish() }).nullable()]),
)
const balanceSchema = inContext(z.union([z.int().nonnegative(), z.bigint()]))
const customError = z.object({ InstructionError: z.tuple([z.int(), z.object({ Custom: z.int() })]) })

export function openSolanaSender({ cluster, payer }: SolanaSenderOptions) {
  const signed = (instructions: readonly TransactionInstruction[], recentBlockhash: string): VersionedTransaction => {
    const message = new TransactionMessage({
      payerKey: payer.publicKey,
      recentBlockhash,
      instructions: [...instructions],
    })
    const transaction = new VersionedTransaction(message.compileToLegacyMessage())
    transaction.sign([payer])
    return transaction
  }

  /** Signs on a fresh blockhash and runs it without sending. */
  async function prepared(endpoint: RpcEndpoint, instructions: readonly TransactionInstruction[], signal: AbortSignal) {
    const { value } = await answer(endpoint, "getLatestBlockhash", [COMMITMENT], blockhashSchema, signal)
    const transaction = signed(instructions, value.blockhash)
    const wire = transaction.serialize()
    if (wire.length > MAX_TRANSACTION_BYTES) throw new TransactionTooLargeError(wire.length)
    const encoded = Buffer.from(wire).toString("base64")
    const settings = { encoding: "base64", sigVerify: true, ...COMMITMENT }
    const simulated = await answer(endpoint, "simulateTransaction", [encoded, settings], simulationSchema, signal)
    const { err, unitsConsumed } = simulated.value
    if (err !== null) throw refusalOf(err)
    const [signature = new Uint8Array()] = transaction.signatures
    return {
      encoded,
      signature: encodeBase58(signature),
      lastValid: value.lastValidBlockHeight,
      units: BigInt(unitsConsumed),
    }
  }

  /** Whether it is confirmed; `null` when the network has not seen it. */
  async function confirmed(endpoint: RpcEndpoint, signature: string, signal: AbortSignal): Promise<boolean | null> {
    const { value } = await answer(endpoint, "getSignatureStatuses", [[signature]], statusSchema, signal)
    const [status] = value
    if (status === null) return null
    if (status.err !== null) throw new SolanaTransactionFailedError(signature, JSON.stringify(status.err))
    return status.confirmationStatus === "confirmed" || status.confirmationStatus === "finalized"
  }

  async function untilConfirmed(
    { encoded, signature, lastValid }: Awaited<ReturnType<typeof prepared>>,
    signal: AbortSignal,
  ): Promise<void> {
    for (let polls = 0; !signal.aborted; polls++) {
      const due = polls % POLLS_PER_BROADCAST === 0
      const outcome = await cluster.at(async endpoint => {
        const seen = await confirmed(endpoint, signature, signal)
        if (seen !== null) return seen ? "confirmed" : "waiting"
        const height = await answer(endpoint, "getBlockHeight", [COMMITMENT], z.int().nonnegative(), signal)
        if (height > lastValid) return "expired"
        if (due) await broadcast(endpoint, encoded, signal)
        return "waiting"
      }, signal)
      if (outcome === "confirmed") return
      if (outcome === "expired") throw new SolanaTransactionUnconfirmedError(signature, true)
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined)
    }
    throw new SolanaTransactionUnconfirmedError(signature, false)
  }

  return {
    chain: cluster.chain,
    payer: payer.publicKey,
    cluster,

    /** Lamports that the key holds. @throws ChainFault */
    balance: (signal: AbortSignal): Promise<bigint> =>
      cluster.at(async endpoint => {
        const params = [payer.publicKey.toBase58(), COMMITMENT]
        return BigInt((await answer(endpoint, "getBalance", params, balanceSchema, signal)).value)
      }, signal),

    /**
     * Runs a transaction without sending it and returns the compute units it would use.
     *
     * @throws ProgramRefusedError; TransactionTooLargeError; ChainFault.
     */
    dryRun: async (instructions: readonly TransactionInstruction[], signal: AbortSignal): Promise<bigint> =>
      (await cluster.at(endpoint => prepared(endpoint, instructions, signal), signal)).units,

    /**
     * Sends a transaction and resolves once it is confirmed.
     *
     * @throws ProgramRefusedError when the dry run fails; TransactionTooLargeError; SolanaTransactionFailedError;
     *   SolanaTransactionUnconfirmedError; ChainFault when no endpoint can be used.
     */
    async send(instructions: readonly TransactionInstruction[], signal: AbortSignal): Promise<SolanaTransaction> {
      const ready = await cluster.at(endpoint => prepared(endpoint, instructions, signal), signal)
      signal.throwIfAborted()
      await untilConfirmed(ready, signal)
      return { transaction: ready.signature, units: ready.units }
    },
  }
}

async function broadcast(endpoint: RpcEndpoint, encoded: string, signal: AbortSignal): Promise<void> {
  const settings = { encoding: "base64", skipPreflight: true, maxRetries: 0 }
  await answer(endpoint, "sendTransaction", [encoded, settings], z.string(), signal)
}

/** One call's result in the form expected. @throws ChainFault */
export async function answer<Schema extends z.ZodType>(
  endpoint: RpcEndpoint,
  method: string,
  params: readonly unknown[],
  schema: Schema,
  signal: AbortSignal,
): Promise<z.output<Schema>> {
  const [answered] = await endpoint.batch([{ method, params }], signal)
  if (answered?.status !== "ok") {
    throw new ChainFault(answered?.code ?? "RPC_UNAVAILABLE", answered?.detail ?? `${method} was not answered`)
  }
  const parsed = schema.safeParse(answered.result)
  if (!parsed.success) throw new ChainFault("DECODE", `${method} returned something unexpected`)
  return parsed.data
}

function refusalOf(err: unknown): ProgramRefusedError {
  const { data } = customError.safeParse(err)
  return new ProgramRefusedError(data?.InstructionError[1].Custom ?? null, JSON.stringify(err))
}
