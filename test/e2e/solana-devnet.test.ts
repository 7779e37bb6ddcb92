/**
 * The local Solana seen by an ordinary `Connection`: reads, transactions, commitments, refusals.
 */
import {
  AccountLayout,
  createTransferCheckedInstruction,
  TOKEN_2022_PROGRAM_ID,
  TOKEN_PROGRAM_ID,
} from "@solana/spl-token"
import {
  AddressLookupTableProgram,
  Connection,
  Keypair,
  LAMPORTS_PER_SOL,
  type PublicKey,
  SendTransactionError,
  SolanaJSONRPCError,
  SYSVAR_CLOCK_PUBKEY,
  SystemProgram,
  Transaction,
  TransactionMessage,
  VersionedTransaction,
} from "@solana/web3.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type LocalSolana, startSolana } from "../../chains/devnet/solana/start.js"

let solana: LocalSolana
let connection: Connection
const alice = Keypair.generate()

beforeAll(async () => {
  solana = await startSolana()
  connection = new Connection(solana.url, "confirmed")
  solana.seeder.fund(alice.publicKey, 100n * BigInt(LAMPORTS_PER_SOL))
})
afterAll(() => solana.stop())

async function rpc(body: unknown): Promise<unknown> {
  const response = await fetch(solana.url, { method: "POST", body: JSON.stringify(body) })
  return response.json()
}

const call = (method: string, ...params: unknown[]) => rpc({ jsonrpc: "2.0", id: 1, method, params })

async function transfer(to: PublicKey, lamports: number): Promise<string> {
  const { blockhash } = await connection.getLatestBlockhash()
  const transaction = new Transaction({ feePayer: alice.publicKey, recentBlockhash: blockhash })
  transaction.add(SystemProgram.transfer({ fromPubkey: alice.publicKey, toPubkey: to, lamports }))
  transaction.sign(alice)
  return connection.sendRawTransaction(transaction.serialize())
}

describe("transactions", () => {
  it("moves lamports, takes the fee, and grows final block by block", async () => {
    const bob = Keypair.generate().publicKey
    const before = await connection.getBalance(alice.publicKey, "processed")
    const signature = await transfer(bob, LAMPORTS_PER_SOL)

    const balances = () =>
      Promise.all(
        (["processed", "confirmed", "finalized"] as const).map(commitment => connection.getBalance(bob, commitment)),
      )
    const status = async () => (await connection.getSignatureStatuses([signature])).value[0]
    expect(await balances()).toEqual([LAMPORTS_PER_SOL, 0, 0])
    expect(await status()).toMatchObject({ err: null, confirmationStatus: "processed", confirmations: 0 })
    solana.advance(1)
    expect(await balances()).toEqual([LAMPORTS_PER_SOL, LAMPORTS_PER_SOL, 0])
    expect(await status()).toMatchObject({ confirmationStatus: "confirmed", confirmations: 1 })
    solana.advance(1)
    expect(await balances()).toEqual([LAMPORTS_PER_SOL, LAMPORTS_PER_SOL, LAMPORTS_PER_SOL])
    expect(await status()).toMatchObject({ confirmationStatus: "finalized", confirmations: null })
    expect(await connection.getBalance(alice.publicKey)).toBe(before - LAMPORTS_PER_SOL - 5_000)
  })

  it("refuses a failing one before it runs, with the program's logs", async () => {
    const attempt = transfer(Keypair.generate().publicKey, 10_000 * LAMPORTS_PER_SOL)
    const error = await attempt.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SendTransactionError)
    expect((error as SendTransactionError).logs).toContain(
      "Program 11111111111111111111111111111111 failed: custom program error: 0x1",
    )
  })

  it("runs a failing one when asked to skip the check: the fee is gone and the status says why", async () => {
    const { blockhash } = await connection.getLatestBlockhash()
    const transaction = new Transaction({ feePayer: alice.publicKey, recentBlockhash: blockhash })
    const toPubkey = Keypair.generate().publicKey
    transaction.add(SystemProgram.transfer({ fromPubkey: alice.publicKey, toPubkey, lamports: 1e13 }))
    transaction.sign(alice)
    const before = await connection.getBalance(alice.publicKey, "processed")
    const signature = await connection.sendRawTransaction(transaction.serialize(), { skipPreflight: true })
    const { value } = await connection.getSignatureStatus(signature)
    expect(value?.err).toEqual({ InstructionError: [0, { Custom: 1 }] })
    expect(await connection.getBalance(alice.publicKey, "processed")).toBe(before - 5_000)
  })

  it("refuses an unknown or outlived blockhash, a second copy, a bad signature and bytes that are none", async () => {
    const { blockhash } = await connection.getLatestBlockhash()
    const build = (recentBlockhash: string) => {
      const toPubkey = Keypair.generate().publicKey
      const instruction = SystemProgram.transfer({ fromPubkey: alice.publicKey, toPubkey, lamports: 1e7 })
      const message = new TransactionMessage({
        payerKey: alice.publicKey,
        recentBlockhash,
        instructions: [instruction],
      })
      return new VersionedTransaction(message.compileToV0Message())
    }
    const signed = (recentBlockhash: string) => {
      const transaction = build(recentBlockhash)
      transaction.sign([alice])
      return Buffer.from(transaction.serialize()).toString("base64")
    }
    const send = (wire: string) => call("sendTransaction", wire, { encoding: "base64" })
    const preflight = (err: string) => ({ error: { code: -32002, data: { err } } })

    expect(await send(signed(Keypair.generate().publicKey.toBase58()))).toMatchObject(preflight("BlockhashNotFound"))
    const once = signed(blockhash)
    expect(await send(once)).toHaveProperty("result")
    expect(await send(once)).toMatchObject(preflight("AlreadyProcessed"))
    const unsigned = Buffer.from(build(blockhash).serialize()).toString("base64")
    expect(await send(unsigned)).toMatchObject(preflight("SignatureFailure"))
    expect(await send("AQID")).toMatchObject({ error: { code: -32602 } })
    expect(await send(Buffer.alloc(1300).toString("base64"))).toMatchObject({ error: { code: -32602 } })
    const valid = signed(blockhash)
    solana.advance(150)
    expect(await send(valid)).toMatchObject(preflight("BlockhashNotFound"))
  })

  it("simulates without changing anything, also unsigned", async () => {
    const { blockhash } = await connection.getLatestBlockhash()
    const toPubkey = Keypair.generate().publicKey
    const instructions = [SystemProgram.transfer({ fromPubkey: alice.publicKey, toPubkey, lamports: 2e9 })]
    const message = new TransactionMessage({ payerKey: alice.publicKey, recentBlockhash: blockhash, instructions })
    const { value } = await connection.simulateTransaction(new VersionedTransaction(message.compileToV0Message()), {
      accounts: { encoding: "base64", addresses: [toPubkey.toBase58()] },
    })
    expect(value.err).toBeNull()
    expect(value.unitsConsumed).toBe(150)
    expect(value.accounts?.[0]?.lamports).toBe(2e9)
    expect(await connection.getBalance(toPubkey, "processed")).toBe(0)
  })

  it("gives an airdrop each time it is asked for", async () => {
    const { publicKey } = Keypair.generate()
    await connection.requestAirdrop(publicKey, LAMPORTS_PER_SOL)
    await connection.requestAirdrop(publicKey, LAMPORTS_PER_SOL)
    expect(await connection.getBalance(publicKey, "processed")).toBe(2 * LAMPORTS_PER_SOL)
  })
})

describe("accounts", () => {
  it("shows real token accounts of both programs", async () => {
    const usdc = solana.seeder.createMint("USDC", 6)
    const feeToken = solana.seeder.createMint("FEE", 9, { basisPoints: 100, maximum: 10n ** 12n })
    const held = solana.seeder.mintTo(usdc, alice.publicKey, 1_500_000n)
    solana.seeder.mintTo(feeToken, alice.publicKey, 7n)
    const carol = Keypair.generate().publicKey
    const received = solana.seeder.mintTo(usdc, carol, 1n)

    const of = (owner: PublicKey, programId: PublicKey) => connection.getTokenAccountsByOwner(owner, { programId })
    const { value } = await of(alice.publicKey, TOKEN_PROGRAM_ID)
    expect(value.map(({ pubkey }) => pubkey)).toEqual([held])
    expect(AccountLayout.decode(value[0]?.account.data ?? Buffer.alloc(0)).amount).toBe(1_500_000n)
    expect((await of(alice.publicKey, TOKEN_2022_PROGRAM_ID)).value).toHaveLength(1)
    expect((await connection.getTokenAccountsByOwner(alice.publicKey, { mint: usdc.mint })).value).toHaveLength(1)

    solana.seeder.send(
      [createTransferCheckedInstruction(held, usdc.mint, received, alice.publicKey, 400_000n, 6)],
      [alice],
    )
    const holders = await connection.getProgramAccounts(TOKEN_PROGRAM_ID, {
      filters: [{ dataSize: 165 }, { memcmp: { offset: 0, bytes: usdc.mint.toBase58() } }],
      dataSlice: { offset: 64, length: 8 },
    })
    const amounts = holders.map(({ account }) => account.data.readBigUInt64LE())
    expect(new Set(amounts)).toEqual(new Set([400_001n, 1_100_000n]))
  })

  it("cuts data to the slice asked for and says null for what is not there", async () => {
    const [clock, nothing] = await connection.getMultipleAccountsInfo(
      [SYSVAR_CLOCK_PUBKEY, Keypair.generate().publicKey],
      { dataSlice: { offset: 0, length: 8 }, commitment: "finalized" },
    )
    expect(clock?.data.readBigUInt64LE()).toBe(BigInt(await connection.getSlot("finalized")))
    expect(nothing).toBeNull()
  })

  it("keeps the state of a closed account for the commitments that still see it", async () => {
    const owner = Keypair.generate()
    solana.seeder.fund(owner.publicKey, 10_000_000n)
    const { blockhash } = await connection.getLatestBlockhash()
    const transaction = new Transaction({ feePayer: owner.publicKey, recentBlockhash: blockhash }).add(
      SystemProgram.transfer({ fromPubkey: owner.publicKey, toPubkey: alice.publicKey, lamports: 9_995_000 }),
    )
    transaction.sign(owner)
    await connection.sendRawTransaction(transaction.serialize())
    expect(await connection.getAccountInfo(owner.publicKey, "processed")).toBeNull()
    expect((await connection.getAccountInfo(owner.publicKey, "finalized"))?.lamports).toBe(10_000_000)
  })

  it("writes accounts that a lookup table brings in", async () => {
    const carol = Keypair.generate().publicKey
    const recentSlot = await connection.getSlot("finalized")
    const [create, table] = AddressLookupTableProgram.createLookupTable({
      authority: solana.seeder.authority.publicKey,
      payer: solana.seeder.authority.publicKey,
      recentSlot,
    })
    const extend = AddressLookupTableProgram.extendLookupTable({
      lookupTable: table,
      authority: solana.seeder.authority.publicKey,
      payer: solana.seeder.authority.publicKey,
      addresses: [carol],
    })
    solana.seeder.send([create, extend])
    solana.advance(1)
    const { value: lookup } = await connection.getAddressLookupTable(table)
    if (lookup === null) throw new Error("the lookup table is not there")
    const { blockhash } = await connection.getLatestBlockhash()
    const pay = SystemProgram.transfer({ fromPubkey: alice.publicKey, toPubkey: carol, lamports: 3e9 })
    const message = new TransactionMessage({
      payerKey: alice.publicKey,
      recentBlockhash: blockhash,
      instructions: [pay],
    }).compileToV0Message([lookup])
    expect(message.addressTableLookups).toHaveLength(1)
    const transaction = new VersionedTransaction(message)
    transaction.sign([alice])
    await connection.sendTransaction(transaction)
    expect(await connection.getBalance(carol, "processed")).toBe(3e9)
    expect(await connection.getBalance(carol, "finalized")).toBe(0)
  })
})

describe("slots and time", () => {
  it("moves slot, height, blockhash and the clock sysvar together", async () => {
    const clock = async () => (await connection.getAccountInfo(SYSVAR_CLOCK_PUBKEY))?.data ?? Buffer.alloc(40)
    const begun = Math.floor(Date.now() / 1000)
    solana.advance(2)
    const slot = await connection.getSlot()
    const height = await connection.getBlockHeight()
    const time = (await connection.getBlockTime(slot)) ?? 0
    expect((await clock()).readBigInt64LE(32)).toBe(BigInt(time))
    expect(time).toBeGreaterThanOrEqual(begun)
    expect(time).toBeLessThanOrEqual(Date.now() / 1000)

    solana.advance(3, 3_600)
    expect(await connection.getSlot()).toBe(slot + 3)
    expect(await connection.getBlockHeight()).toBe(height + 3)
    expect((await clock()).readBigUInt64LE(0)).toBe(BigInt(slot + 3))
    const later = (await connection.getBlockTime(slot + 3)) ?? 0
    expect(later - time).toBeGreaterThanOrEqual(3_600)
    expect((await clock()).readBigInt64LE(32)).toBe(BigInt(later))
  })

  it("skips slots into the next epoch", async () => {
    const { epoch, absoluteSlot, slotIndex, slotsInEpoch } = await connection.getEpochInfo("processed")
    const next = absoluteSlot - slotIndex + slotsInEpoch
    solana.ledger.skipTo(next)
    expect(await connection.getEpochInfo("processed")).toMatchObject({ epoch: epoch + 1, slotIndex: 0 })
    expect(await call("getBlockTime", next - 1)).toMatchObject({ error: { code: -32009 } })
  })

  it("makes blocks by itself until it is stopped", async () => {
    const ticking = await startSolana({ slotMs: 10 })
    const head = () => ticking.ledger.blocks.head.slot
    const first = head()
    await expect.poll(head, { interval: 5 }).toBeGreaterThan(first + 2)
    await ticking.stop()
    const stopped = head()
    await new Promise<void>(resolve => setImmediate(resolve))
    expect(head()).toBe(stopped)
    await expect(fetch(ticking.url)).rejects.toThrow(TypeError)
  })
})

describe("the protocol", () => {
  it("answers in order to a batch, with an error for what fails alone", async () => {
    const batch = [
      { jsonrpc: "2.0", id: "a", method: "getHealth" },
      { jsonrpc: "2.0", id: 7, method: "constructor" },
      { jsonrpc: "2.0", method: "getHealth" },
      { id: 8 },
    ]
    expect(await rpc(batch)).toMatchObject([
      { id: "a", result: "ok" },
      { id: 7, error: { code: -32601 } },
      { id: null, error: { code: -32600 } },
    ])
    expect(await rpc([])).toMatchObject({ error: { code: -32600 } })
    const garbage = await fetch(solana.url, { method: "POST", body: "{" })
    expect(await garbage.json()).toMatchObject({ error: { code: -32700 } })
  })

  it("refuses a slot that is not reached, jsonParsed, bad keys and more than 100 of them", async () => {
    const key = alice.publicKey.toBase58()
    const slot = await connection.getSlot("finalized")
    expect(await call("getBalance", key, { minContextSlot: slot })).toHaveProperty("result")
    expect(await call("getBalance", key, { minContextSlot: slot + 1 })).toMatchObject({
      error: { code: -32016, data: { contextSlot: slot } },
    })
    await expect(connection.getParsedAccountInfo(alice.publicKey)).rejects.toThrow(SolanaJSONRPCError)
    expect(await call("getAccountInfo", key, { encoding: "jsonParsed" })).toMatchObject({ error: { code: -32602 } })
    expect(await call("getBalance", "0OIl")).toMatchObject({ error: { code: -32602 } })
    expect(await call("getMultipleAccounts", Array(101).fill(key))).toMatchObject({ error: { code: -32602 } })
  })

  it("tells who it is", async () => {
    expect(await connection.getGenesisHash()).toBe(solana.genesisHash)
    expect(solana.chain).toBe("solana:8wF6jKV3cKwyaVkWcoV9KpDqmkjvEYno")
    expect(await connection.getVersion()).toHaveProperty("solana-core")
    expect(await connection.getMinimumBalanceForRentExemption(165)).toBe(2_039_280)
  })
})
