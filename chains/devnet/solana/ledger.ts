/**
 * The ledger behind the local Solana: the real runtime (litesvm), with blocks, a clock and recent history around it.
 * Each transaction and each tick makes a block of its own, so what a slot shows never changes once it is visible.
 */
import {
  AddressLookupTableAccount,
  AddressLookupTableProgram,
  PublicKey,
  SYSVAR_CLOCK_PUBKEY,
  type VersionedTransaction,
} from "@solana/web3.js"
import { Account, Clock, FailedTransactionMetadata, LiteSvm, type TransactionMetadata } from "litesvm/dist/internal.js"
import { encodeBase58 } from "../../solana/base58.js"
import { AccountHistory, type LedgerAccount } from "./account-history.js"
import { type Block, BlockHistory } from "./block-history.js"
import { type TransactionError, transactionError } from "./transaction-error.js"

export const COMMITMENTS = ["processed", "confirmed", "finalized"] as const
export type Commitment = (typeof COMMITMENTS)[number]

export interface TransactionOutcome {
  /** Base58. */
  readonly signature: string
  readonly slot: number
  readonly error: TransactionError | null
  readonly logs: readonly string[]
  readonly unitsConsumed: bigint
  readonly returnData: { readonly programId: string; readonly data: Uint8Array } | null
}

/** What one commitment sees: the state at the end of one block. */
export interface View {
  readonly block: Block
  account(key: string): LedgerAccount | null
  accountsOf(program: string): readonly (readonly [key: string, account: LedgerAccount])[]
}

export interface LedgerOptions {
  /** Base58; decides the chain's CAIP-2 id. */
  readonly genesisHash: string
  /** How many blocks each commitment is behind the newest. */
  readonly lag: Readonly<Record<Commitment, number>>
  /** Names a fork of the cluster: its blocks have hashes of their own. */
  readonly fork?: string
}

/** Slots between two clean-ups of what no view can see any more. */
const TIDY_INTERVAL = 64
/** What programs can look up of recent slots, e.g. to make a lookup table. */
const SLOT_HASHES = 32
/** 100 million SOL. */
const FAUCET_LAMPORTS = 10n ** 17n
const LOOKUP_TABLE_PROGRAM = AddressLookupTableProgram.programId.toBase58()
const CLOCK = SYSVAR_CLOCK_PUBKEY.toBase58()

export class Ledger {
  readonly blocks: BlockHistory
  readonly #lag: Readonly<Record<Commitment, number>>
  readonly #svm = new LiteSvm()
  readonly #history = new AccountHistory()
  readonly #searched = new Set<string>()
  readonly #outcomes = new Map<string, TransactionOutcome>()

  constructor(options: LedgerOptions) {
    this.blocks = new BlockHistory(options.genesisHash, options.fork)
    this.#lag = options.lag
    // The ledger checks blockhashes itself: the runtime knows one only, and that one is arbitrary.
    this.#svm.setBlockhashCheck(false)
    this.#svm.setLamports(FAUCET_LAMPORTS)
    const first = Number(this.#svm.getClock().slot)
    for (let behind = this.#deepestLag; behind >= 0; behind--) this.#openBlock(first + this.#deepestLag - behind)
  }

  view(commitment: Commitment): View {
    const block = this.blocks.behind(this.#lag[commitment])
    const account = (key: string) => this.#accountAt(key, block.slot)
    return { block, account, accountsOf: program => this.#accountsOf(program, account) }
  }

  /** What became of a recent transaction, or `undefined` when the signature is not known. */
  outcome(signature: string): TransactionOutcome | undefined {
    return this.#outcomes.get(signature)
  }

  /** Makes blocks and, if seconds are given, lets that time pass on top of the wall clock. */
  advance(slots: number, seconds = 0): void {
    this.blocks.wait(seconds)
    for (let made = 0; made < slots; made++) this.#openNext()
  }

  /** Makes one block at a later slot and skips those before it, e.g. to reach another epoch. */
  skipTo(slot: number): void {
    this.#openBlock(slot)
  }

  /** Runs a signed transaction in a new block; a failed one is recorded (and pays its fee) like on the real network. */
  execute(transaction: VersionedTransaction): TransactionOutcome {
    if (!this.blocks.isRecent(transaction.message.recentBlockhash))
      return this.#refused(transaction, "BlockhashNotFound")
    const writable = this.#writableKeys(transaction)
    for (const key of writable) this.#recordOriginal(key)
    this.#openNext()
    const outcome = this.#outcomeOf(transaction, this.#svm.sendVersionedTransaction(transaction.serialize()))
    for (const key of writable) this.#record(key)
    if (landed(outcome)) this.#outcomes.set(outcome.signature, outcome)
    return outcome
  }

  /** What a transaction would do on top of the newest block, and the accounts as it would leave them. */
  simulate(
    transaction: VersionedTransaction,
    options: { readonly verifySignatures: boolean; readonly anyBlockhash: boolean },
  ): { readonly outcome: TransactionOutcome; readonly after: ReadonlyMap<string, LedgerAccount> } {
    if (!options.anyBlockhash && !this.blocks.isRecent(transaction.message.recentBlockhash)) {
      return { outcome: this.#refused(transaction, "BlockhashNotFound"), after: new Map() }
    }
    this.#svm.setSigverify(options.verifySignatures)
    const result = this.#svm.simulateVersionedTransaction(transaction.serialize())
    this.#svm.setSigverify(true)
    if (result instanceof FailedTransactionMetadata) {
      return { outcome: this.#outcomeOf(transaction, result), after: new Map() }
    }
    const after = result
      .postAccounts()
      .map(post => [encodeBase58(post.address), ledgerAccount(post.account())] as const)
    return { outcome: this.#outcomeOf(transaction, result.meta()), after: new Map(after) }
  }

  /** Gives lamports out of nothing, in a new block; returns the signature. */
  airdrop(key: string, lamports: bigint): string {
    this.#recordOriginal(key)
    this.#openNext()
    const result = this.#svm.airdrop(bytesOf(key), lamports)
    if (result === null || result instanceof FailedTransactionMetadata) {
      throw new Error(`airdrop of ${lamports} lamports to ${key} failed: ${result}`)
    }
    this.#record(key)
    const outcome = this.#finish(encodeBase58(result.signature()), result, null)
    this.#outcomes.set(outcome.signature, outcome)
    return outcome.signature
  }

  /** Writes an account past all programs, in a new block: for states that no transaction here can make. */
  setAccount(key: string, account: Omit<LedgerAccount, "rentEpoch">): void {
    this.#recordOriginal(key)
    this.#openNext()
    const { lamports, data, owner, executable } = account
    this.#svm.setAccount(bytesOf(key), new Account(lamports, data, bytesOf(owner), executable, 0n))
    this.#record(key)
  }

  /** Puts an executable in place, as if it had been deployed before the first block. @throws Error when it is none. */
  addProgram(key: string, executable: Uint8Array): void {
    this.#svm.addProgram(bytesOf(key), executable)
  }

  minimumBalance(dataLength: number): bigint {
    return this.#svm.minimumBalanceForRentExemption(BigInt(dataLength))
  }

  epochOf(slot: number): bigint {
    const { firstNormalSlot, firstNormalEpoch, slotsPerEpoch } = this.#svm.getEpochSchedule()
    return firstNormalEpoch + (BigInt(slot) - firstNormalSlot) / slotsPerEpoch
  }

  slotInEpoch(slot: number): number {
    return Number((BigInt(slot) - this.#svm.getEpochSchedule().firstNormalSlot) % BigInt(this.slotsPerEpoch))
  }

  get slotsPerEpoch(): number {
    return Number(this.#svm.getEpochSchedule().slotsPerEpoch)
  }

  get #deepestLag(): number {
    return Math.max(...Object.values(this.#lag))
  }

  #openNext(): void {
    this.#openBlock(this.blocks.head.slot + 1)
  }

  #openBlock(slot: number): void {
    const { time, parentSlot } = this.blocks.open(slot)
    const epoch = this.epochOf(slot)
    const sameEpoch = slot !== parentSlot && this.epochOf(parentSlot) === epoch
    const started = sameEpoch ? this.#svm.getClock().epochStartTimestamp : BigInt(time)
    this.#svm.setClock(new Clock(BigInt(slot), started, epoch, epoch + 1n, BigInt(time)))
    this.#svm.setSlotHashes(
      this.blocks.newest(SLOT_HASHES).map(block => ({ slot: BigInt(block.slot), hash: block.blockhash })),
    )
    // Two equal airdrops would otherwise be one transaction.
    this.#svm.expireBlockhash()
    this.#record(CLOCK)
    if (slot % TIDY_INTERVAL === 0) this.#forgetOld()
  }

  #forgetOld(): void {
    this.#history.forgetBefore(this.blocks.oldestSlot)
    for (const [signature, { slot }] of this.#outcomes) {
      if (slot < this.blocks.oldestSlot) this.#outcomes.delete(signature)
    }
  }

  #writableKeys({ message }: VersionedTransaction): string[] {
    const fixed = message.staticAccountKeys.filter((_, index) => message.isAccountWritable(index))
    const loaded = message.addressTableLookups.flatMap(({ accountKey, writableIndexes }) => {
      const table = this.#current(accountKey.toBase58())
      // Any other account is for the runtime to refuse.
      if (table?.owner !== LOOKUP_TABLE_PROGRAM) return []
      const { addresses } = AddressLookupTableAccount.deserialize(table.data)
      return writableIndexes.flatMap(index => addresses[index] ?? [])
    })
    return [...fixed, ...loaded].map(key => key.toBase58())
  }

  #current(key: string): LedgerAccount | null {
    const account = this.#svm.getAccount(bytesOf(key))
    return account === null || account.lamports() === 0n ? null : ledgerAccount(account)
  }

  #accountAt(key: string, slot: number): LedgerAccount | null {
    const recorded = this.#history.at(key, slot)
    return recorded === undefined ? this.#current(key) : recorded
  }

  #accountsOf(program: string, at: (key: string) => LedgerAccount | null) {
    this.#recordGenesisOf(program)
    return [...this.#history.keys()].flatMap(key => {
      const account = at(key)
      return account?.owner === program ? [[key, account] as const] : []
    })
  }

  /** What a program has owned from the start: all that came later was recorded when it came. */
  #recordGenesisOf(program: string): void {
    if (this.#searched.has(program)) return
    this.#searched.add(program)
    for (const { address } of this.#svm.getProgramAccounts(bytesOf(program)))
      this.#recordOriginal(encodeBase58(address))
  }

  /** Before its first change an account is kept as it always was. */
  #recordOriginal(key: string): void {
    if (!this.#history.has(key)) this.#history.record(key, 0, this.#current(key))
  }

  #record(key: string): void {
    this.#history.record(key, this.blocks.head.slot, this.#current(key))
  }

  #outcomeOf(transaction: VersionedTransaction, result: TransactionMetadata | FailedTransactionMetadata) {
    const failed = result instanceof FailedTransactionMetadata
    const meta = failed ? result.meta() : result
    return this.#finish(signatureOf(transaction), meta, failed ? transactionError(result) : null)
  }

  #finish(signature: string, meta: TransactionMetadata, error: TransactionError | null): TransactionOutcome {
    const returned = meta.returnData()
    const data = returned.data()
    return {
      signature,
      slot: this.blocks.head.slot,
      error,
      logs: meta.logs(),
      unitsConsumed: meta.computeUnitsConsumed(),
      returnData: data.length === 0 ? null : { programId: encodeBase58(returned.programId()), data },
    }
  }

  #refused(transaction: VersionedTransaction, error: TransactionError): TransactionOutcome {
    const signature = signatureOf(transaction)
    return { signature, slot: this.blocks.head.slot, error, logs: [], unitsConsumed: 0n, returnData: null }
  }
}

/** What is refused before it runs (a duplicate, a bad signature) leaves no trace on chain. */
const landed = ({ error }: TransactionOutcome): boolean => error === null || typeof error === "object"

const bytesOf = (key: string): Uint8Array => new PublicKey(key).toBytes()

const signatureOf = (transaction: VersionedTransaction): string =>
  encodeBase58(transaction.signatures[0] ?? new Uint8Array(64))

const ledgerAccount = (account: Account): LedgerAccount => ({
  lamports: account.lamports(),
  owner: encodeBase58(account.owner()),
  data: account.data(),
  executable: account.executable(),
  rentEpoch: account.rentEpoch(),
})
