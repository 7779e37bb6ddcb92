/**
 * The Solana receiver program in the real runtime, with the core bridge's guardian sets in their real layout.
 */
import { readFileSync } from "node:fs"
import { Keypair, PublicKey, SystemProgram, Transaction, type TransactionInstruction } from "@solana/web3.js"
import { Account, Clock, FailedTransactionMetadata, type FeatureSet, LiteSvm } from "litesvm/dist/internal.js"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import { DEV_GUARDIANS, type DevGuardian } from "../../chains/devnet/guardian-keys.js"
import { signersOf, signMessage, type WormholeMessage } from "../../chains/devnet/guardian-signing.js"
import { type GuardianSetAccount, guardianSetData } from "../../chains/devnet/solana/receiver.js"
import { transactionError } from "../../chains/devnet/solana/transaction-error.js"
import { PROGRAM } from "../../chains/solana/program/build.js"
import { guardianSetAddress, type SolanaReceiver, stateAddress } from "../../chains/solana/receiver-address.js"
import { deliveryInstructions } from "../../chains/solana/receiver-delivery.js"
import { openInstructions } from "../../chains/solana/receiver-open.js"
import { type ReceiverRefusal, receiverRefusal } from "../../chains/solana/receiver-refusal.js"
import { decodeReceiverState, STATE_LENGTH } from "../../chains/solana/receiver-state.js"

export const NOW = 1_770_000_000
/** The guardian set in force on the bench; set 0 is never taken. */
export const SET = 4
export const EMITTER: Bytes32 = `0x${"00".repeat(12)}${"ab".repeat(20)}`
export const KEYS: readonly string[] = DEV_GUARDIANS.map(({ account }) => account.address.toLowerCase())
const BLOCKHASH = "11111111111111111111111111111111"
const UNSIGNED = new Uint8Array(64)
const SOL = 1_000_000_000n

/** A VAA as guardians sign it, naming the guardian set of the bench. */
export function signed(change: Partial<WormholeMessage>, signers: readonly DevGuardian[] = signersOf(0n)): Uint8Array {
  const message = {
    emitterChain: 2,
    emitter: EMITTER,
    sequence: 1n,
    timestamp: NOW - 20,
    nonce: 0,
    consistencyLevel: 200,
    payload: new Uint8Array(),
    ...change,
  }
  const vaa = Buffer.from(signMessage(message, signers))
  vaa.writeUInt32BE(SET, 1)
  return Uint8Array.from(vaa)
}

export interface Outcome {
  /** What the program said, the runtime's own words, or `null` when all went well. */
  readonly refusal: ReceiverRefusal | string | null
  readonly units: number
  readonly lamports: bigint
  /** Size of the transaction; neither the runtime nor this bench minds more than a network takes. */
  readonly bytes: number
  readonly returnData: Uint8Array
}

export class ReceiverBench {
  readonly svm = new LiteSvm()
  readonly payer = Keypair.generate()
  readonly core = new PublicKey(Buffer.from("wormhole core, devnet only......"))
  readonly program = new PublicKey(Buffer.from("plimsoll receiver, devnet only.."))
  readonly receiver: SolanaReceiver = {
    program: this.program,
    source: { core: this.core, wormholeChain: 2, emitter: EMITTER },
  }
  readonly state = stateAddress(this.receiver)
  readonly guardianSet = guardianSetAddress(this.core, SET)[0]

  constructor(features?: FeatureSet) {
    if (features) {
      this.svm.setFeatureSet(features)
      this.svm.setBuiltins()
    }
    // Transactions are meant to be repeated here; signing them would take ten times as long as running them.
    this.svm.setBlockhashCheck(false)
    this.svm.setSigverify(false)
    this.svm.setTransactionHistory(0n)
    this.svm.addProgram(this.program.toBytes(), readFileSync(PROGRAM))
    this.svm.airdrop(this.payer.publicKey.toBytes(), 10n * SOL)
    this.setTime(NOW)
    this.putGuardianSet({ index: SET, keys: KEYS, expiresAt: 0 })
  }

  /** A bench whose state is open and empty. */
  static opened(): ReceiverBench {
    const bench = new ReceiverBench()
    const { refusal } = bench.open()
    if (refusal !== null) throw new Error(`the state was not opened: ${refusal}`)
    return bench
  }

  open(receiver = this.receiver): Outcome {
    const rent = this.svm.minimumBalanceForRentExemption(BigInt(STATE_LENGTH))
    return this.send(openInstructions(receiver, this.payer.publicKey, rent))
  }

  deliver(vaa: Uint8Array, guardianSet?: number): Outcome {
    return this.send(deliveryInstructions(this.receiver, vaa, guardianSet === undefined ? {} : { guardianSet }))
  }

  send(instructions: readonly TransactionInstruction[]): Outcome {
    const transaction = new Transaction({ feePayer: this.payer.publicKey, recentBlockhash: BLOCKHASH })
    const message = transaction.add(...instructions).serializeMessage()
    const bytes = Buffer.concat([Uint8Array.of(1), UNSIGNED, message])
    const before = this.#balance()
    const result = this.svm.sendLegacyTransaction(bytes)
    const failed = result instanceof FailedTransactionMetadata
    const meta = failed ? result.meta() : result
    return {
      refusal: failed ? refusalOf(result) : null,
      units: Number(meta.computeUnitsConsumed()),
      lamports: before - this.#balance(),
      bytes: bytes.length,
      returnData: meta.returnData().data(),
    }
  }

  held() {
    const account = this.account(this.state)
    return decodeReceiverState(this.program, { owner: account.owner.toBase58(), data: account.data })
  }

  account(key: PublicKey) {
    const account = this.svm.getAccount(key.toBytes())
    if (account === null) throw new Error(`no account at ${key.toBase58()}`)
    return { owner: new PublicKey(account.owner()), data: account.data(), lamports: account.lamports() }
  }

  put(key: PublicKey, owner: PublicKey, data: Uint8Array): void {
    this.svm.setAccount(key.toBytes(), new Account(SOL, data, owner.toBytes(), false, 0n))
  }

  putGuardianSet(set: Omit<GuardianSetAccount, "createdAt">): void {
    const data = guardianSetData({ ...set, createdAt: NOW - 1_000_000 })
    this.put(guardianSetAddress(this.core, set.index)[0], this.core, data)
  }

  setTime(seconds: number): void {
    this.svm.setClock(new Clock(10n, 0n, 0n, 1n, BigInt(seconds)))
  }

  #balance(): bigint {
    return this.svm.getBalance(this.payer.publicKey.toBytes()) ?? 0n
  }
}

export const SYSTEM = SystemProgram.programId

function refusalOf(failed: FailedTransactionMetadata): string {
  const error = transactionError(failed)
  const cause = typeof error === "object" && Array.isArray(error.InstructionError) ? error.InstructionError[1] : error
  const code = typeof cause === "object" && cause !== null && "Custom" in cause ? Number(cause.Custom) : null
  return (code === null ? null : receiverRefusal(code)) ?? JSON.stringify(cause)
}
