/**
 * Sending, simulating and following transactions over JSON-RPC.
 * Bytes are checked here first: malformed ones would take the runtime, and with it the process, down.
 */
import { VersionedTransaction } from "@solana/web3.js"
import { z } from "zod"
import type { LedgerAccount } from "./account-history.js"
import { COMMITMENTS, type Ledger, type TransactionOutcome } from "./ledger.js"
import { base64Only, context, encodeAccount, inContext, key, pad, viewFor } from "./rpc-params.js"
import { INVALID_PARAMS, RpcError, type RpcMethod } from "./rpc-server.js"
import { describeTransactionError } from "./transaction-error.js"

const PREFLIGHT_FAILURE = -32002
/** What fits into one packet of the real network; the runtime itself would take more. */
const MAX_TRANSACTION_BYTES = 1232
const MAX_SIGNATURES = 256
const LAMPORTS = z.number().int().positive()

export function transactionMethods(ledger: Ledger): [string, RpcMethod][] {
  const sendConfig = z.object({ encoding: base64Only, skipPreflight: z.boolean().default(false) })
  const simulateConfig = context.extend({
    encoding: base64Only,
    sigVerify: z.boolean().default(false),
    replaceRecentBlockhash: z.boolean().default(false),
    accounts: z.object({ encoding: base64Only, addresses: z.array(key) }).optional(),
  })
  return [
    [
      "sendTransaction",
      params => {
        const [wire, settings] = z.tuple([z.string(), sendConfig]).parse(pad(params, 2))
        const transaction = decodeTransaction(wire)
        if (!settings.skipPreflight) {
          const { outcome } = ledger.simulate(transaction, { verifySignatures: true, anyBlockhash: false })
          if (outcome.error !== null) throw preflightFailure(outcome)
        }
        return ledger.execute(transaction).signature
      },
    ],
    [
      "simulateTransaction",
      params => {
        const [wire, settings] = z.tuple([z.string(), simulateConfig]).parse(pad(params, 2))
        const view = viewFor(ledger, { ...settings, commitment: "processed" })
        const { outcome, after } = ledger.simulate(decodeTransaction(wire), {
          verifySignatures: settings.sigVerify,
          anyBlockhash: settings.replaceRecentBlockhash,
        })
        const account = (one: string) => after.get(one) ?? view.account(one)
        const accounts = settings.accounts?.addresses.map(one => encodeExisting(account(one))) ?? null
        return inContext(view, { ...simulationResult(outcome), accounts })
      },
    ],
    [
      "getSignatureStatuses",
      params => {
        const [signatures] = z.tuple([z.array(z.string()).max(MAX_SIGNATURES)], z.unknown()).parse(params)
        const view = ledger.view("processed")
        return inContext(
          view,
          signatures.map(signature => signatureStatus(ledger, ledger.outcome(signature))),
        )
      },
    ],
    [
      "requestAirdrop",
      params => {
        const [account, lamports] = z.tuple([key, LAMPORTS], z.unknown()).parse(params)
        return ledger.airdrop(account, BigInt(lamports))
      },
    ],
  ]
}

function decodeTransaction(wire: string): VersionedTransaction {
  const bytes = Buffer.from(wire, "base64")
  if (bytes.length > MAX_TRANSACTION_BYTES) {
    throw new RpcError(INVALID_PARAMS, `transaction too large: ${bytes.length} bytes (max ${MAX_TRANSACTION_BYTES})`)
  }
  try {
    const transaction = VersionedTransaction.deserialize(bytes)
    if (bytes.equals(transaction.serialize())) return transaction
  } catch (cause) {
    throw new RpcError(INVALID_PARAMS, `failed to deserialize the transaction: ${cause}`)
  }
  throw new RpcError(INVALID_PARAMS, "failed to deserialize the transaction: trailing or non-canonical bytes")
}

function preflightFailure(outcome: TransactionOutcome): RpcError {
  const reason = outcome.error === null ? "" : describeTransactionError(outcome.error)
  const data = { ...simulationResult(outcome), accounts: null }
  return new RpcError(PREFLIGHT_FAILURE, `Transaction simulation failed: ${reason}`, data)
}

const simulationResult = ({ error, logs, unitsConsumed, returnData }: TransactionOutcome) => ({
  err: error,
  logs,
  unitsConsumed,
  returnData: returnData && {
    programId: returnData.programId,
    data: [Buffer.from(returnData.data).toString("base64"), "base64"],
  },
})

const encodeExisting = (account: LedgerAccount | null) => account && encodeAccount(account)

function signatureStatus(ledger: Ledger, outcome: TransactionOutcome | undefined) {
  if (outcome === undefined) return null
  const { slot, error } = outcome
  const reached = COMMITMENTS.findLast(commitment => ledger.view(commitment).block.slot >= slot) ?? "processed"
  return {
    slot,
    confirmations: reached === "finalized" ? null : ledger.view("processed").block.slot - slot,
    err: error,
    status: error === null ? { Ok: null } : { Err: error },
    confirmationStatus: reached,
  }
}
