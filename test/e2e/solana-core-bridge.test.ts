/**
 * An attestation through the Wormhole core bridge on Solana, the way of the official SDK: all that leads up to the
 * program always, the program itself where `CORE_BRIDGE_SO` names it.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Secp256k1Program, Transaction, type TransactionInstruction } from "@solana/web3.js"
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import { fromBytes32 } from "../../aggregator/domain/leaf.js"
import { DEV_GUARDIAN_SET, DEV_GUARDIANS, type DevGuardian } from "../../chains/devnet/guardian-keys.js"
import { signersOf, signMessage } from "../../chains/devnet/guardian-signing.js"
import { guardianSetAddress } from "../../chains/solana/receiver-address.js"
import { decodePayload, encodePayload } from "../../chains/wormhole/payload.js"
import { parseVaa } from "../../chains/wormhole/vaa.js"
import { attestationOf } from "../support/attestation.js"
import {
  type CoreBridge,
  coreBridgeProgram,
  decodePostedVaa,
  encodePostedVaa,
  MESSAGE_FEE,
  startCoreBridge,
  WrongCoreBridgeError,
} from "../support/solana-core-bridge.js"

const EMITTER: Bytes32 = `0x${"00".repeat(12)}${"ab".repeat(20)}`
const MAX_TRANSACTION_BYTES = 1_232
const TIMESTAMP = 1_770_000_000
/** First bytes of the core bridge's instructions. */
const POST_VAA = 2
const VERIFY_SIGNATURES = 7

let bridge: CoreBridge
beforeAll(async () => {
  bridge = await startCoreBridge()
})
afterAll(() => bridge?.stop())

const published = (epoch: bigint) => attestationOf(5, epoch, TIMESTAMP)

function signed(epoch: bigint, signers: readonly DevGuardian[] = signersOf(epoch)) {
  const message = {
    emitterChain: 2,
    emitter: EMITTER,
    sequence: epoch,
    timestamp: TIMESTAMP,
    nonce: 3,
    consistencyLevel: 200,
    payload: encodePayload(published(epoch)),
  }
  return parseVaa(signMessage(message, signers, DEV_GUARDIAN_SET))
}

describe("the accounts, read by the SDK", () => {
  it("name the guardian set in force and the fee", async () => {
    expect(await bridge.sdk.getGuardianSetIndex()).toBe(DEV_GUARDIAN_SET)
    expect(await bridge.sdk.getMessageFee()).toBe(MESSAGE_FEE)
  })

  it("hold the nineteen guardians, without expiry", async () => {
    expect(await bridge.sdk.getGuardianSet(DEV_GUARDIAN_SET)).toEqual({
      index: DEV_GUARDIAN_SET,
      keys: DEV_GUARDIANS.map(({ account }) => account.address.slice(2).toLowerCase()),
      expiry: 0n,
    })
  })

  it("say of a posted message what we read from it, and nothing is left to post", async () => {
    const vaa = signed(1n)
    const posted = {
      version: 1,
      consistencyLevel: vaa.consistencyLevel,
      timestamp: vaa.timestamp,
      signatureSet: new Uint8Array(32).fill(7),
      submittedAt: TIMESTAMP + 5,
      nonce: vaa.nonce,
      sequence: vaa.sequence,
      emitterChain: 2,
      emitter: fromBytes32("emitter", EMITTER),
      payload: vaa.payload,
    }
    const address = bridge.postedAddress(vaa)
    bridge.put(address, encodePostedVaa(posted))
    expect(decodePostedVaa(bridge.account(address)?.data ?? new Uint8Array())).toEqual(posted)
    expect(await bridge.verification(vaa)).toEqual([])

    const { emitterChain, emitterAddress, sequence, nonce, consistencyLevel, payload } =
      await bridge.sdk.parsePostMessageAccount(address)
    expect({ emitterChain, emitter: emitterAddress.toString(), sequence, nonce, consistencyLevel }).toEqual({
      emitterChain: "Ethereum",
      emitter: EMITTER,
      sequence: 1n,
      nonce: 3,
      consistencyLevel: 200,
    })
    expect(decodePayload(payload)).toMatchObject({ epoch: 1n, root: published(1n).root })
  })
})

describe("what the SDK asks to send", () => {
  it("checks the signatures in two transactions and posts in a third, all within a network's size", async () => {
    const asked = await bridge.verification(signed(2n))
    const programs = asked.map(({ transaction }) => transaction.instructions.map(({ programId }) => programId))
    const check = [Secp256k1Program.programId, bridge.core]
    expect(programs).toEqual([check, check, [bridge.core]])
    for (const one of asked) expect(bridge.wire(one).length).toBeLessThanOrEqual(MAX_TRANSACTION_BYTES)
  })

  it("names the bridge's own accounts", async () => {
    const vaa = signed(3n)
    const [first, second, post] = (await bridge.verification(vaa)).map(({ transaction }) => transaction.instructions)
    const guardianSet = guardianSetAddress(bridge.core, DEV_GUARDIAN_SET)[0]
    for (const check of [first?.[1], second?.[1]]) {
      expect(check?.data[0]).toBe(VERIFY_SIGNATURES)
      expect(keysOf(check).slice(0, 2)).toEqual([bridge.payer.publicKey, guardianSet].map(String))
    }
    const [posting] = post ?? []
    expect(posting?.data[0]).toBe(POST_VAA)
    const [set, config, signatureSet, posted, payer] = keysOf(posting)
    expect([set, config, posted, payer]).toEqual(
      [guardianSet, bridge.config, bridge.postedAddress(vaa), bridge.payer.publicKey].map(String),
    )
    expect([first, second].map(check => keysOf(check?.[1])[2])).toEqual([signatureSet, signatureSet])
    expect(posting?.data.includes(Buffer.from(vaa.payload))).toBe(true)
  })

  it("carries the addresses of those who signed, which the runtime recovers from their signatures", async () => {
    const signers = signersOf(4n)
    const vaa = signed(4n, signers)
    const checks = await secpInstructions(vaa)
    const addresses = checks.flatMap(({ data }) => guardiansIn(data))
    expect(addresses).toEqual(signers.map(({ account }) => account.address.toLowerCase()))
    for (const { data } of checks) expect(data.subarray(-32)).toEqual(Buffer.from(vaa.hash))
    for (const check of checks) expect(runAlone(check).error).toBeNull()
  })

  it("is refused by the runtime when a guardian's signature is another's", async () => {
    const [first, second, ...others] = signersOf(5n)
    if (!first || !second) throw new Error("no guardians")
    const [check] = await secpInstructions(signed(5n, [first, { ...second, privateKey: first.privateKey }, ...others]))
    if (!check) throw new Error("nothing to check")
    expect(runAlone(check).error).not.toBeNull()
  })
})

const keysOf = (instruction: TransactionInstruction | undefined): readonly string[] =>
  (instruction?.keys ?? []).map(({ pubkey }) => pubkey.toBase58())

async function secpInstructions(vaa: ReturnType<typeof signed>): Promise<readonly TransactionInstruction[]> {
  const asked = (await bridge.verification(vaa)).flatMap(({ transaction }) => transaction.instructions)
  return asked.filter(({ programId }) => programId.equals(Secp256k1Program.programId))
}

/** count u8 · count × (signature u16, u8 · address u16, u8 · message u16, u16, u8), offsets little-endian. */
function guardiansIn(data: Buffer): readonly string[] {
  return Array.from({ length: data.readUInt8(0) }, (_, index) => {
    const at = data.readUInt16LE(1 + index * 11 + 3)
    return `0x${data.subarray(at, at + 20).toString("hex")}`
  })
}

const runAlone = (instruction: TransactionInstruction) =>
  bridge.run({ transaction: new Transaction().add(instruction) })

it("another file than the core bridge's program is not taken for it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "plimsoll-core-bridge-"))
  try {
    const path = join(folder, "other.so")
    await writeFile(path, "no core bridge")
    await expect(coreBridgeProgram(path)).rejects.toThrow(WrongCoreBridgeError)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

const program = process.env.CORE_BRIDGE_SO || undefined
const LEFT_OUT = "set CORE_BRIDGE_SO to the core bridge's program (docs/trust.md)"
if (program === undefined) {
  process.stderr.write(`\nCORE BRIDGE ON SOLANA LEFT OUT: ${LEFT_OUT}\n\n`)
}

/** Puts the program in place, or skips the test and says why. */
async function loaded({ skip }: TestContext): Promise<void> {
  if (program === undefined) return skip(LEFT_OUT)
  bridge.load(await coreBridgeProgram(program))
}

describe("through the core bridge's own program", () => {
  it("an attestation signed by thirteen is posted as it was published", async context => {
    await loaded(context)
    const vaa = signed(6n)
    const address = bridge.postedAddress(vaa)
    const asked = await bridge.verification(vaa)
    expect(asked.map(one => bridge.run(one).error)).toEqual([null, null, null])

    const account = bridge.account(address)
    expect(account?.owner).toBe(bridge.core.toBase58())
    const posted = decodePostedVaa(account?.data ?? new Uint8Array())
    expect(posted).toMatchObject({
      consistencyLevel: 200,
      timestamp: TIMESTAMP,
      nonce: 3,
      sequence: 6n,
      emitterChain: 2,
      emitter: fromBytes32("emitter", EMITTER),
      payload: vaa.payload,
    })
    expect(decodePayload(posted.payload)).toEqual(decodePayload(encodePayload(published(6n))))
    expect(await bridge.verification(vaa)).toEqual([])
  })

  it("one signed by twelve is not: their signatures are good, and no quorum", async context => {
    await loaded(context)
    const vaa = signed(7n, DEV_GUARDIANS.slice(0, 12))
    const asked = await bridge.verification(vaa)
    const errors = asked.map(one => bridge.run(one).error)
    expect(errors).toEqual([null, null, { InstructionError: [0, expect.anything()] }])
    expect(bridge.account(bridge.postedAddress(vaa))).toBeNull()
  })
})
