/**
 * Decoders of token data against the real programs' own bytes, their official decoder, and bytes that are none.
 */
import {
  AccountLayout,
  AccountState,
  calculateFee,
  createFreezeAccountInstruction,
  createInitializeMint2Instruction,
  createInitializeNonTransferableMintInstruction,
  createInitializePausableConfigInstruction,
  createPauseInstruction,
  createResumeInstruction,
  createTransferCheckedInstruction,
  ExtensionType,
  getMintLen,
  MintLayout,
  TOKEN_2022_PROGRAM_ID,
} from "@solana/spl-token"
import { Keypair, type PublicKey, SystemProgram, type TransactionInstruction } from "@solana/web3.js"
import fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import { Ledger } from "../../../../chains/devnet/solana/ledger.js"
import { devnetKeypair, SolanaSeeder } from "../../../../chains/devnet/solana/seed.js"
import { DEVNET_GENESIS_HASH } from "../../../../chains/devnet/solana/start.js"
import { LayoutError } from "../../../../chains/solana/layout.js"
import {
  afterTransferFee,
  beforeTransferFee,
  immobility,
  transferFeeOf,
} from "../../../../chains/solana/mint-extensions.js"
import { decodeMint, decodeTokenAccount } from "../../../../chains/solana/token-layout.js"

const FEE = { basisPoints: 125, maximum: 5_000_000_000n }

let ledger: Ledger
let seeder: SolanaSeeder
const holder = Keypair.generate()

beforeEach(() => {
  ledger = new Ledger({ genesisHash: DEVNET_GENESIS_HASH, lag: { processed: 0, confirmed: 1, finalized: 2 } })
  seeder = new SolanaSeeder(ledger)
})

function dataOf(key: PublicKey): Uint8Array {
  const account = ledger.view("processed").account(key.toBase58())
  if (account === null) throw new Error(`${key} does not exist`)
  return account.data
}

/** A copy with some bytes overwritten. */
function altered(data: Uint8Array, offset: number, ...bytes: number[]): Uint8Array {
  const copy = Uint8Array.from(data)
  copy.set(bytes, offset)
  return copy
}

/** A Token-2022 mint with one extension that needs no more than an instruction of its own. */
function extendedMint(label: string, extension: ExtensionType, before: (mint: PublicKey) => TransactionInstruction) {
  const signer = devnetKeypair(label)
  const authority = seeder.authority.publicKey
  const space = getMintLen([extension])
  const create = SystemProgram.createAccount({
    fromPubkey: authority,
    newAccountPubkey: signer.publicKey,
    space,
    lamports: Number(ledger.minimumBalance(space)),
    programId: TOKEN_2022_PROGRAM_ID,
  })
  const initialize = createInitializeMint2Instruction(signer.publicKey, 6, authority, null, TOKEN_2022_PROGRAM_ID)
  seeder.send([create, before(signer.publicKey), initialize], [signer])
  return signer.publicKey
}

describe("token accounts", () => {
  it("of both programs read as their official decoder reads them", () => {
    for (const mint of [seeder.createMint("USDC", 6), seeder.createMint("FEE", 9, FEE)]) {
      const account = seeder.mintTo(mint, holder.publicKey, 18_446_744_073_709_551_615n)
      const official = AccountLayout.decode(dataOf(account))
      expect(decodeTokenAccount(dataOf(account))).toEqual({
        mint: official.mint.toBase58(),
        owner: official.owner.toBase58(),
        amount: official.amount,
        state: "initialized",
      })
      expect(official.owner).toEqual(holder.publicKey)
    }
  })

  it("frozen by the program read as frozen", () => {
    const mint = seeder.createMint("USDC", 6)
    const account = seeder.mintTo(mint, holder.publicKey, 1n)
    seeder.send([createFreezeAccountInstruction(account, mint.mint, seeder.authority.publicKey)])
    expect(AccountLayout.decode(dataOf(account)).state).toBe(AccountState.Frozen)
    expect(decodeTokenAccount(dataOf(account)).state).toBe("frozen")
  })

  it("are told from mints, multisigs, cut-off data and unknown states", () => {
    const mint = seeder.createMint("FEE", 9, FEE)
    const plain = dataOf(seeder.mintTo(seeder.createMint("USDC", 6), holder.publicKey, 1n))
    const extended = dataOf(seeder.mintTo(mint, holder.publicKey, 1n))
    expect(extended.length).toBeGreaterThan(165)
    const wrong = [
      new Uint8Array(),
      plain.subarray(0, 164),
      altered(plain, 108, 3),
      dataOf(mint.mint),
      altered(extended, 165, 1),
      Uint8Array.from({ length: 166 }),
      Uint8Array.from({ length: 355 }, (_, index) => (index === 165 ? 2 : 0)),
    ]
    for (const data of wrong) expect(() => decodeTokenAccount(data)).toThrow(LayoutError)
  })
})

describe("mints", () => {
  it("of both programs read as their official decoder reads them", () => {
    for (const { mint } of [seeder.createMint("USDC", 6), seeder.createMint("FEE", 9, FEE)]) {
      const official = MintLayout.decode(dataOf(mint))
      expect(decodeMint(dataOf(mint))).toMatchObject({
        decimals: official.decimals,
        initialized: official.isInitialized,
      })
    }
  })

  it("are told from token accounts, cut-off data and extensions that lead nowhere", () => {
    const mint = seeder.createMint("FEE", 9, FEE)
    const data = dataOf(mint.mint)
    const wrong = [
      data.subarray(0, 81),
      data.subarray(0, 100),
      altered(data, 45, 2),
      altered(data, 165, 2),
      dataOf(seeder.mintTo(mint, holder.publicKey, 1n)),
      data.subarray(0, 168),
      altered(data, 168, 0xff, 0xff),
      Uint8Array.from([...data, ...data.subarray(166)]),
    ]
    for (const bytes of wrong) expect(() => decodeMint(bytes)).toThrow(LayoutError)
  })

  it("end their extensions at the padding", () => {
    const data = dataOf(seeder.createMint("FEE", 9, FEE).mint)
    expect([...decodeMint(Uint8Array.from([...data, 0, 0, 0])).extensions.keys()]).toEqual([1])
  })

  it("that cannot be moved say so", () => {
    const authority = seeder.authority.publicKey
    const bound = extendedMint("bound", ExtensionType.NonTransferable, mint =>
      createInitializeNonTransferableMintInstruction(mint, TOKEN_2022_PROGRAM_ID),
    )
    expect(immobility(decodeMint(dataOf(bound)))).toBe("is not transferable")

    const pausable = extendedMint("pausable", ExtensionType.PausableConfig, mint =>
      createInitializePausableConfigInstruction(mint, authority, TOKEN_2022_PROGRAM_ID),
    )
    const state = () => immobility(decodeMint(dataOf(pausable)))
    expect(state()).toBeUndefined()
    seeder.send([createPauseInstruction(pausable, authority, [], TOKEN_2022_PROGRAM_ID)])
    expect(state()).toBe("is paused")
    seeder.send([createResumeInstruction(pausable, authority, [], TOKEN_2022_PROGRAM_ID)])
    expect(state()).toBeUndefined()
    expect(immobility(decodeMint(dataOf(seeder.createMint("USDC", 6).mint)))).toBeUndefined()
  })
})

describe("transfer fees", () => {
  const feeNow = (mint: PublicKey) => transferFeeOf(decodeMint(dataOf(mint)), ledger.epochOf(ledger.blocks.head.slot))

  it.each([1n, 79n, 80n, 81n, 10_000_000_001n, 399_999_999_999n, 400_000_000_000n, 900_000_000_000n])(
    "of %i are what the program withholds when all of it is sent",
    amount => {
      const { mint } = seeder.createMint("FEE", 9, FEE)
      const token = { symbol: "FEE", decimals: 9, mint, program: TOKEN_2022_PROGRAM_ID }
      const from = seeder.mintTo(token, holder.publicKey, amount)
      const to = seeder.mintTo(token, Keypair.generate().publicKey, 0n)
      seeder.send(
        [createTransferCheckedInstruction(from, mint, to, holder.publicKey, amount, 9, [], TOKEN_2022_PROGRAM_ID)],
        [holder],
      )
      expect(afterTransferFee(amount, feeNow(mint))).toBe(decodeTokenAccount(dataOf(to)).amount)
    },
  )

  it("equal the official calculation for every amount and fee, and never leave less than nothing", () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 2n ** 64n - 1n),
        fc.nat(10_000),
        fc.bigInt(0n, 2n ** 64n - 1n),
        (amount, points, maximum) => {
          const fee = { epoch: 0n, transferFeeBasisPoints: points, maximumFee: maximum }
          const left = afterTransferFee(amount, { basisPoints: BigInt(points), maximum })
          expect(left).toBe(amount - calculateFee(fee, amount))
          expect(left).toBeGreaterThanOrEqual(0n)
        },
      ),
    )
  })

  it("are covered by the least amount with which enough arrives", () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 2n ** 64n - 1n),
        fc.nat(10_000),
        fc.bigInt(0n, 2n ** 64n - 1n),
        (amount, points, maximum) => {
          const fee = { basisPoints: BigInt(points), maximum }
          const sent = beforeTransferFee(amount, fee)
          expect(afterTransferFee(sent, fee)).toBeGreaterThanOrEqual(amount)
          expect(afterTransferFee(sent - 1n, fee)).toBeLessThan(amount)
        },
      ),
    )
    expect(beforeTransferFee(7n, undefined)).toBe(7n)
    expect(beforeTransferFee(0n, { basisPoints: 10_000n, maximum: 5n })).toBe(0n)
  })

  it("are nothing without the extension, and refused when they would take more than everything", () => {
    const { mint } = seeder.createMint("USDC", 6)
    expect(feeNow(mint)).toBeUndefined()
    expect(afterTransferFee(7n, undefined)).toBe(7n)
    const data = dataOf(seeder.createMint("FEE", 9, FEE).mint)
    const greedy = decodeMint(altered(data, 166 + 4 + 106, 0x11, 0x27))
    expect(() => transferFeeOf(greedy, 10_000n)).toThrow(LayoutError)
    const short = { ...greedy, extensions: new Map([[1, new Uint8Array(107)]]) }
    expect(() => transferFeeOf(short, 0n)).toThrow(LayoutError)
  })
})
