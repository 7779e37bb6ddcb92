/**
 * Fills the local Solana with balances the way users would: by real transactions of the real token programs.
 * Mints have the same addresses on every start.
 */
import { createHash } from "node:crypto"
import {
  createAssociatedTokenAccountIdempotentInstruction,
  createInitializeMint2Instruction,
  createInitializeTransferFeeConfigInstruction,
  createMintToInstruction,
  ExtensionType,
  getAssociatedTokenAddressSync,
  getMintLen,
  TOKEN_2022_PROGRAM_ID,
  TOKEN_PROGRAM_ID,
} from "@solana/spl-token"
import {
  Keypair,
  type PublicKey,
  SystemProgram,
  type TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js"
import type { Ledger } from "./ledger.js"
import { describeTransactionError } from "./transaction-error.js"

export interface TransferFee {
  readonly basisPoints: number
  /** Raw units of the token. */
  readonly maximum: bigint
}

export interface SeededMint {
  readonly symbol: string
  readonly decimals: number
  readonly mint: PublicKey
  readonly program: PublicKey
}

/** Enough for any number of seeding transactions. */
const PAYER_LAMPORTS = 1_000_000n * 10n ** 9n

export class SolanaSeeder {
  /** Pays for everything and is the mint and freeze authority of every mint; devnet only. */
  readonly authority = devnetKeypair("authority")
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
    ledger.airdrop(this.authority.publicKey.toBase58(), PAYER_LAMPORTS)
  }

  /** Sends native SOL. */
  fund(owner: PublicKey, lamports: bigint): void {
    this.send([SystemProgram.transfer({ fromPubkey: this.authority.publicKey, toPubkey: owner, lamports })])
  }

  /** A mint of the Token program or, with a transfer fee, of Token-2022. */
  createMint(symbol: string, decimals: number, transferFee?: TransferFee): SeededMint {
    const program = transferFee ? TOKEN_2022_PROGRAM_ID : TOKEN_PROGRAM_ID
    const signer = devnetKeypair(`mint ${symbol}`)
    const mint = signer.publicKey
    const space = getMintLen(transferFee ? [ExtensionType.TransferFeeConfig] : [])
    const { publicKey: authority } = this.authority
    const create = SystemProgram.createAccount({
      fromPubkey: authority,
      newAccountPubkey: mint,
      space,
      lamports: Number(this.#ledger.minimumBalance(space)),
      programId: program,
    })
    const fee = transferFee ? [feeInstruction(mint, authority, transferFee)] : []
    const initialize = createInitializeMint2Instruction(mint, decimals, authority, authority, program)
    this.send([create, ...fee, initialize], [signer])
    return { symbol, decimals, mint, program }
  }

  /** Mints raw units into the owner's associated token account, which is made when missing; returns its address. */
  mintTo({ mint, program }: SeededMint, owner: PublicKey, amount: bigint): PublicKey {
    const { publicKey: authority } = this.authority
    const account = getAssociatedTokenAddressSync(mint, owner, true, program)
    this.send([
      createAssociatedTokenAccountIdempotentInstruction(authority, account, owner, mint, program),
      createMintToInstruction(mint, account, authority, amount, [], program),
    ])
    return account
  }

  /**
   * Runs instructions in one transaction, paid by the authority, and makes blocks until it is final.
   *
   * @throws Error with the program's logs when the transaction fails.
   */
  send(instructions: TransactionInstruction[], signers: readonly Keypair[] = []): void {
    const message = new TransactionMessage({
      payerKey: this.authority.publicKey,
      recentBlockhash: this.#ledger.blocks.head.blockhash,
      instructions,
    })
    const transaction = new VersionedTransaction(message.compileToV0Message())
    transaction.sign([this.authority, ...signers])
    const { error, logs, slot } = this.#ledger.execute(transaction)
    if (error !== null) throw new Error([describeTransactionError(error), ...logs].join("\n"))
    while (this.#ledger.view("finalized").block.slot < slot) this.#ledger.advance(1)
  }
}

/** A key pair that everybody can derive: for the local chain only. */
export const devnetKeypair = (label: string): Keypair =>
  Keypair.fromSeed(createHash("sha256").update(`plimsoll devnet ${label}`).digest())

const feeInstruction = (mint: PublicKey, authority: PublicKey, { basisPoints, maximum }: TransferFee) =>
  createInitializeTransferFeeConfigInstruction(mint, authority, authority, basisPoints, maximum, TOKEN_2022_PROGRAM_ID)
