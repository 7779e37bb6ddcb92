/**
 * The Solana receiver program in the real runtime: what it takes, and everything that it must not take.
 */
import { type AccountMeta, ComputeBudgetProgram, Keypair, PublicKey, TransactionInstruction } from "@solana/web3.js"
import { FeatureSet } from "litesvm/dist/internal.js"
import { beforeEach, describe, expect, it } from "vitest"
import { DEV_GUARDIANS } from "../../chains/devnet/guardian-keys.js"
import { signersOf } from "../../chains/devnet/guardian-signing.js"
import { guardianSetData } from "../../chains/devnet/solana/receiver.js"
import { LayoutError } from "../../chains/solana/layout.js"
import { guardianSetAddress, stateAddress } from "../../chains/solana/receiver-address.js"
import {
  DELIVERY_COMPUTE_UNITS,
  deliveryInstructions,
  ForeignMessageError,
} from "../../chains/solana/receiver-delivery.js"
import { openInstructions } from "../../chains/solana/receiver-open.js"
import { decodeReceiverState } from "../../chains/solana/receiver-state.js"
import { type AttestationPayload, encodePayload, revocationPayload } from "../../chains/wormhole/payload.js"
import { InvalidVaaError, MalformedVaaError } from "../../chains/wormhole/vaa.js"
import { attestationOf } from "../support/attestation.js"
import { EMITTER, KEYS, NOW, ReceiverBench, SET, SYSTEM, signed } from "../support/solana-receiver.js"

const MAX_TRANSACTION_BYTES = 1_232
const OTHER = Keypair.generate().publicKey

const payloadOf = (epoch: bigint, timestamp = NOW - 20) => encodePayload(attestationOf(5, epoch, timestamp))
const attestation = (epoch: bigint) => signed({ payload: payloadOf(epoch) })

/** Signing takes longer than everything that the runtime does with it. */
const FIRST = attestation(1n)

let bench: ReceiverBench
beforeEach(() => {
  bench = ReceiverBench.opened()
})

/** A delivery that the client would not make: its accounts or its bytes are changed. */
function tampered(
  change: { state?: PublicKey; guardianSet?: PublicKey; data?: (data: Buffer) => Buffer },
  vaa = FIRST,
) {
  const [limit, deliver] = deliveryInstructions(bench.receiver, vaa)
  if (!limit || !deliver) throw new Error("no delivery")
  const [state, guardians] = deliver.keys
  if (!state || !guardians) throw new Error("no accounts")
  return bench.send([
    limit,
    new TransactionInstruction({
      programId: deliver.programId,
      keys: [
        { ...state, pubkey: change.state ?? state.pubkey },
        { ...guardians, pubkey: change.guardianSet ?? guardians.pubkey },
      ],
      data: change.data ? change.data(Buffer.from(deliver.data)) : deliver.data,
    }),
  ])
}

function guardianCount(keys: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(keys)
  return bytes
}

/** What every refusal leaves behind: nothing. */
const expectNothingHeld = () => expect(bench.held().epoch).toBe(0n)

describe("a delivery", () => {
  it("stores the attestation in one transaction", () => {
    const received = attestationOf(5, 7n, NOW - 20)
    const vaa = signed({ payload: encodePayload(received) })
    const outcome = bench.send(deliveryInstructions(bench.receiver, vaa, { microLamports: 1n }))
    console.info(`Solana delivery, 13 of 19 signatures: ${outcome.units} units, ${outcome.bytes} bytes`)
    expect(outcome.refusal).toBeNull()
    expect(outcome.bytes).toBeLessThanOrEqual(MAX_TRANSACTION_BYTES)
    expect(outcome.units).toBeLessThanOrEqual(DELIVERY_COMPUTE_UNITS)
    expect(bench.held()).toEqual({
      source: bench.receiver.source,
      root: received.root,
      epoch: 7n,
      revokedBelow: 0n,
      timestamp: BigInt(received.timestamp),
      validity: received.validity,
      inputGrade: "single",
      consistencyLevel: 200,
    })
  })

  it("costs the fee of one signature and nothing else", () => {
    const rent = bench.account(bench.state).lamports
    expect(bench.deliver(FIRST)).toMatchObject({ refusal: null, lamports: 5_000n })
    expect(bench.account(bench.state).lamports).toBe(rent)
  })

  it("is taken from any thirteen guardians, and of more signatures thirteen are sent", () => {
    for (let sequence = 0n; sequence < 19n; sequence++) {
      const vaa = signed({ sequence, payload: payloadOf(sequence + 1n) }, signersOf(sequence))
      expect(bench.deliver(vaa).refusal).toBeNull()
    }
    const byAll = bench.deliver(signed({ payload: payloadOf(20n) }, DEV_GUARDIANS))
    expect(byAll.refusal).toBeNull()
    expect(byAll.bytes).toBeLessThanOrEqual(MAX_TRANSACTION_BYTES)
  })

  it.each([
    ["no", new FeatureSet()],
    ["every", FeatureSet.allEnabled()],
  ])("is taken by a runtime with %s feature active", (_, features) => {
    const runtime = new ReceiverBench(features)
    expect(runtime.open().refusal).toBeNull()
    expect(runtime.deliver(FIRST).refusal).toBeNull()
  })

  it("needs a compute limit above the default", () => {
    const [, deliver] = deliveryInstructions(bench.receiver, FIRST)
    if (!deliver) throw new Error("no delivery")
    expect(bench.send([deliver]).refusal).not.toBeNull()
    expectNothingHeld()
  })

  it("is taken with gaps between epochs, and refused when the epoch does not rise", () => {
    expect(bench.deliver(attestation(5n)).refusal).toBeNull()
    expect(bench.deliver(attestation(5n)).refusal).toBe("EPOCH_NOT_RISING")
    expect(bench.deliver(attestation(4n)).refusal).toBe("EPOCH_NOT_RISING")
    expect(bench.deliver(attestation(0n)).refusal).toBe("EPOCH_NOT_RISING")
    expect(bench.deliver(attestation(2n ** 64n - 1n)).refusal).toBeNull()
    expect(bench.held().epoch).toBe(2n ** 64n - 1n)
  })

  it("may revoke itself and what came before it, for good, and nothing that does not exist yet", () => {
    const deliver = (payload: AttestationPayload) => bench.deliver(signed({ payload: encodePayload(payload) }))
    const at = (epoch: bigint, revokedBelow: bigint) => ({ ...attestationOf(5, epoch, NOW), revokedBelow })
    expect(deliver(at(7n, 0n)).refusal).toBeNull()
    expect(deliver(revocationPayload(8n, NOW)).refusal).toBeNull()
    expect(bench.held()).toMatchObject({ epoch: 8n, revokedBelow: 9n, validity: 0 })
    // The next one forgets, the state does not.
    expect(deliver(at(9n, 0n)).refusal).toBeNull()
    expect(bench.held()).toMatchObject({ epoch: 9n, revokedBelow: 9n })

    const early = encodePayload(at(10n, 11n))
    early[33] = 12
    expect(bench.deliver(signed({ payload: early })).refusal).toBe("MALFORMED_PAYLOAD")
  })

  it("is refused when its timestamp is more than ten minutes ahead of the clock", () => {
    expect(bench.deliver(signed({ payload: payloadOf(1n, NOW + 601) })).refusal).toBe("TIMESTAMP_AHEAD")
    expect(bench.deliver(signed({ payload: payloadOf(1n, Number.MAX_SAFE_INTEGER) })).refusal).toBe("TIMESTAMP_AHEAD")
    expectNothingHeld()
    expect(bench.deliver(signed({ payload: payloadOf(1n, NOW + 600) })).refusal).toBeNull()
  })
})

it("without a clock nothing is taken", () => {
  for (const seconds of [0, -1]) {
    bench.setTime(seconds)
    expect(bench.deliver(FIRST).refusal).toBe("NO_CLOCK")
  }
  expectNothingHeld()
})

describe("signatures", () => {
  it("of twelve guardians are no quorum", () => {
    expect(bench.deliver(signed({ payload: payloadOf(1n) }, DEV_GUARDIANS.slice(0, 12))).refusal).toBe("NO_QUORUM")
    expect(bench.deliver(signed({ payload: payloadOf(1n) }, [])).refusal).toBe("NO_QUORUM")
    expectNothingHeld()
  })

  it("have to be by the guardian they are said to be by", () => {
    const [first, second, ...rest] = DEV_GUARDIANS.slice(0, 13)
    if (!first || !second) throw new Error("no guardians")
    const twice = [first, { ...second, privateKey: first.privateKey }, ...rest]
    expect(bench.deliver(signed({ payload: payloadOf(1n) }, twice)).refusal).toBe("WRONG_SIGNATURE")
    expectNothingHeld()
  })

  it("out of order or by one guardian twice are no VAA for the client, and refused without it", () => {
    const [first, second, ...rest] = DEV_GUARDIANS.slice(0, 13)
    if (!first || !second) throw new Error("no guardians")
    for (const signers of [
      [second, first, ...rest],
      [first, first, ...rest],
    ]) {
      const vaa = signed({ payload: payloadOf(1n) }, signers)
      expect(() => deliveryInstructions(bench.receiver, vaa)).toThrow(MalformedVaaError)
    }
    const inOrder = signed({ payload: payloadOf(1n) }, [first, second, ...rest])
    const swap = (data: Buffer) =>
      Buffer.concat([data.subarray(0, 8), data.subarray(72, 136), data.subarray(8, 72), data.subarray(136)])
    const repeat = (data: Buffer) =>
      Buffer.concat([data.subarray(0, 8), data.subarray(8, 72), data.subarray(8, 72), data.subarray(136)])
    for (const data of [swap, repeat]) expect(tampered({ data }, inOrder).refusal).toBe("WRONG_SIGNATURE")
    expectNothingHeld()
  })

  it("beyond the guardian set count for nothing", () => {
    const [last] = DEV_GUARDIANS.slice(12)
    if (!last) throw new Error("no guardians")
    for (const index of [19, 23]) {
      const vaa = signed({ payload: payloadOf(1n) }, [...DEV_GUARDIANS.slice(0, 12), { ...last, index }])
      expect(bench.deliver(vaa).refusal).toBe("WRONG_GUARDIAN")
    }
    expectNothingHeld()
  })

  it("beyond what three bytes name are refused by the client", () => {
    const [first, ...rest] = DEV_GUARDIANS.slice(0, 13)
    if (!first) throw new Error("no guardians")
    const vaa = signed({ payload: payloadOf(1n) }, [...rest, { ...first, index: 24 }])
    expect(() => deliveryInstructions(bench.receiver, vaa)).toThrow(InvalidVaaError)
  })

  it("of zeros, or with recovery ids turned, are refused", () => {
    const zeros = (data: Buffer) => data.fill(0, 8, 8 + 13 * 64)
    const turned = (data: Buffer) => {
      data.writeUIntLE(data.readUIntLE(5, 3) ^ data.readUIntLE(2, 3), 5, 3)
      return data
    }
    expect(tampered({ data: zeros }).refusal).toBe("WRONG_SIGNATURE")
    expect(tampered({ data: turned }).refusal).toBe("WRONG_SIGNATURE")
    expectNothingHeld()
  })

  it("hold for the signed body only, whichever byte is changed", () => {
    const [, deliver] = deliveryInstructions(bench.receiver, FIRST)
    const length = deliver?.data.length ?? 0
    for (let at = 8 + 13 * 64; at < length; at++) {
      const data = (valid: Buffer) => {
        valid.writeUInt8(valid.readUInt8(at) ^ 1, at)
        return valid
      }
      expect(tampered({ data }).refusal).toBe("WRONG_SIGNATURE")
    }
    expectNothingHeld()
  })

  it("of another emitter or chain are refused, also when they are sent to this state", () => {
    for (const from of [{ emitter: `0x${"cd".repeat(32)}` as const }, { emitterChain: 4 }]) {
      const vaa = signed({ ...from, payload: payloadOf(1n) })
      expect(() => deliveryInstructions(bench.receiver, vaa)).toThrow(ForeignMessageError)
      const source = { ...bench.receiver.source, wormholeChain: 2, emitter: EMITTER }
      const theirs = {
        ...bench.receiver,
        source: {
          ...source,
          ...("emitter" in from ? { emitter: from.emitter } : { wormholeChain: from.emitterChain }),
        },
      }
      const [limit, deliver] = deliveryInstructions(theirs, vaa)
      if (!limit || !deliver?.keys[0]) throw new Error("no delivery")
      deliver.keys[0].pubkey = bench.state
      expect(bench.send([limit, deliver]).refusal).toBe("WRONG_SIGNATURE")
    }
    expectNothingHeld()
  })
})

describe("a payload", () => {
  const valid = payloadOf(1n)
  const changed = (at: number, value: number) => valid.map((byte, i) => (i === at ? value : byte))
  it.each([
    ["one byte short", valid.subarray(0, 57)],
    ["one byte long", Uint8Array.from([...valid, 0])],
    ["empty", new Uint8Array()],
    ["of another magic", changed(3, 0x4e)],
    ["of another version", changed(4, 2)],
    ["of no known grade", changed(25, 3)],
  ])("%s is refused, though guardians signed it", (_, payload) => {
    expect(bench.deliver(signed({ payload })).refusal).toBe("MALFORMED_PAYLOAD")
    expectNothingHeld()
  })
})

describe("the guardian set", () => {
  const counting = (set: Buffer, keys: number) =>
    Buffer.concat([set.subarray(0, 4), guardianCount(keys), set.subarray(8)])
  const data = (index: number, expiresAt = 0, keys = KEYS) =>
    guardianSetData({ index, keys, createdAt: NOW - 1_000_000, expiresAt })

  it("is the account at its own address: one that holds the same elsewhere is refused, though the core owns it", () => {
    bench.put(OTHER, bench.core, data(SET))
    expect(tampered({ guardianSet: OTHER }).refusal).toBe("WRONG_GUARDIAN_SET")
    const [another] = guardianSetAddress(bench.core, SET + 1)
    bench.put(another, bench.core, data(SET))
    expect(tampered({ guardianSet: another }).refusal).toBe("WRONG_GUARDIAN_SET")
    expectNothingHeld()
  })

  it("is derived with its canonical bump or not at all", () => {
    for (let bump = 0; bump < 256; bump += 5) {
      const [, canonical] = guardianSetAddress(bench.core, SET)
      if (bump === canonical) continue
      const other = (valid: Buffer) => {
        valid.writeUInt8(bump, 1)
        return valid
      }
      expect(tampered({ data: other }).refusal).toBe("WRONG_GUARDIAN_SET")
    }
    expectNothingHeld()
  })

  it("is owned by the core bridge", () => {
    for (const owner of [OTHER, SYSTEM, bench.program]) {
      bench.put(bench.guardianSet, owner, data(SET))
      expect(bench.deliver(FIRST).refusal).toBe("WRONG_GUARDIAN_SET")
    }
    expectNothingHeld()
  })

  it("of another core bridge is refused", () => {
    const [theirs] = guardianSetAddress(OTHER, SET)
    bench.put(theirs, OTHER, data(SET))
    expect(tampered({ guardianSet: theirs }).refusal).toBe("WRONG_GUARDIAN_SET")
    expectNothingHeld()
  })

  it("number 0 is refused, which the core bridge never expired", () => {
    bench.putGuardianSet({ index: 0, keys: KEYS, expiresAt: 0 })
    expect(bench.deliver(attestation(1n), 0).refusal).toBe("WRONG_GUARDIAN_SET")
    expectNothingHeld()
  })

  it("is taken up to its last second and not after", () => {
    bench.putGuardianSet({ index: SET, keys: KEYS, expiresAt: NOW })
    expect(bench.deliver(FIRST).refusal).toBeNull()
    bench.setTime(NOW + 1)
    expect(bench.deliver(attestation(2n)).refusal).toBe("GUARDIAN_SET_EXPIRED")
    expect(bench.held().epoch).toBe(1n)
  })

  it("may rotate: old and new set are both taken until the old one expires", () => {
    const next = KEYS.slice(0, 4)
    bench.putGuardianSet({ index: SET, keys: KEYS, expiresAt: NOW + 86_400 })
    bench.putGuardianSet({ index: SET + 1, keys: next, expiresAt: 0 })
    expect(bench.deliver(FIRST).refusal).toBeNull()
    const byThree = signed({ payload: payloadOf(2n) }, DEV_GUARDIANS.slice(0, 3))
    expect(bench.deliver(byThree, SET + 1).refusal).toBeNull()
    expect(bench.deliver(signed({ payload: payloadOf(3n) }, DEV_GUARDIANS.slice(0, 2)), SET + 1).refusal).toBe(
      "NO_QUORUM",
    )
    expect(bench.deliver(byThree).refusal).toBe("NO_QUORUM")
  })

  it.each<[string, (whole: Buffer) => Buffer]>([
    ["empty", () => Buffer.alloc(0)],
    ["cut short by a byte", whole => whole.subarray(0, -1)],
    ["a head without keys", whole => whole.subarray(0, 8)],
    ["counting more keys than it has", whole => counting(whole, 20)],
    ["counting as many keys as can be counted", whole => counting(whole, 0xffff_ffff)],
  ])("%s is refused", (_, change) => {
    bench.put(bench.guardianSet, bench.core, change(data(SET)))
    expect(bench.deliver(FIRST).refusal).toBe("WRONG_GUARDIAN_SET")
    expectNothingHeld()
  })

  it("without guardians has no quorum", () => {
    bench.put(bench.guardianSet, bench.core, data(SET, 0, []))
    expect(bench.deliver(FIRST).refusal).toBe("WRONG_GUARDIAN")
    expect(bench.deliver(signed({ payload: payloadOf(1n) }, [])).refusal).toBe("NO_QUORUM")
    expectNothingHeld()
  })
})

describe("the state", () => {
  it("is opened once, whoever sent lamports there before", () => {
    const fresh = new ReceiverBench()
    fresh.put(fresh.state, SYSTEM, new Uint8Array())
    expect(fresh.open().refusal).toBeNull()
    expect(fresh.held()).toMatchObject({ epoch: 0n, source: fresh.receiver.source })
    expect(fresh.deliver(FIRST).refusal).toBeNull()
    expect(fresh.open().refusal).toBe("WRONG_STATE")
    expect(fresh.held().epoch).toBe(1n)
  })

  it("is not opened without its two accounts, or read-only", () => {
    const fresh = new ReceiverBench()
    const changes: readonly ((keys: AccountMeta[]) => AccountMeta[])[] = [
      keys => keys.slice(0, 1),
      keys => [...keys, { pubkey: OTHER, isSigner: false, isWritable: false }],
      keys => keys.map(key => ({ ...key, isWritable: false })),
    ]
    for (const change of changes) {
      const [, open] = openInstructions(fresh.receiver, fresh.payer.publicKey, 0n)
      if (!open) throw new Error("nothing to open")
      open.keys = change(open.keys)
      expect(fresh.send([open]).refusal).toBe("WRONG_ACCOUNTS")
    }
  })

  it("is not opened where an account is already", () => {
    const fresh = new ReceiverBench()
    for (const [owner, length] of [
      [fresh.program, 0],
      [fresh.program, 129],
      [SYSTEM, 129],
    ] as const) {
      fresh.put(fresh.state, owner, new Uint8Array(length))
      expect(fresh.open().refusal).toBe("WRONG_STATE")
    }
  })

  it("is not opened at the address of another emitter, chain or core bridge", () => {
    const fresh = new ReceiverBench()
    const { source } = fresh.receiver
    for (const other of [{ emitter: `0x${"cd".repeat(32)}` as const }, { wormholeChain: 4 }, { core: OTHER }]) {
      const [pay, open] = openInstructions(
        { ...fresh.receiver, source: { ...source, ...other } },
        fresh.payer.publicKey,
        10n ** 7n,
      )
      if (!pay || !open?.keys[0]) throw new Error("nothing to open")
      open.keys[0].pubkey = fresh.state
      expect(fresh.send([pay, open]).refusal).toBe("WRONG_STATE")
    }
  })

  it("of each source is its own", () => {
    const other = { ...bench.receiver, source: { ...bench.receiver.source, wormholeChain: 4 } }
    expect(bench.open(other).refusal).toBeNull()
    expect(bench.deliver(FIRST).refusal).toBeNull()
    const { owner, data } = bench.account(stateAddress(other))
    expect(decodeReceiverState(bench.program, { owner: owner.toBase58(), data }).epoch).toBe(0n)
  })

  it("that follows another core bridge takes that one's guardians only", () => {
    const theirs = { ...bench.receiver, source: { ...bench.receiver.source, core: OTHER } }
    expect(bench.open(theirs).refusal).toBeNull()
    expect(tampered({ state: stateAddress(theirs) }).refusal).toBe("WRONG_GUARDIAN_SET")
  })

  it.each<[string, (held: { owner: PublicKey; data: Uint8Array }) => { owner: PublicKey; data: Uint8Array }]>([
    ["of another owner", ({ data }) => ({ owner: OTHER, data })],
    ["with another tag", ({ owner, data }) => ({ owner, data: data.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) })],
    ["one byte short", ({ owner, data }) => ({ owner, data: data.subarray(0, -1) })],
    ["one byte long", ({ owner, data }) => ({ owner, data: Uint8Array.from([...data, 0]) })],
    ["that was never opened", ({ owner }) => ({ owner, data: new Uint8Array(129) })],
    ["without data", ({ owner }) => ({ owner, data: new Uint8Array() })],
    ["with another bump", ({ owner, data }) => ({ owner, data: data.map((byte, i) => (i === 128 ? byte - 1 : byte)) })],
  ])("%s is refused by the program and, where it can tell, by the client", (name, change) => {
    const forged = change(bench.account(bench.state))
    bench.put(bench.state, forged.owner, forged.data)
    expect(bench.deliver(FIRST).refusal).toBe("WRONG_STATE")
    const read = () => decodeReceiverState(bench.program, { owner: forged.owner.toBase58(), data: forged.data })
    if (!name.includes("bump")) expect(read).toThrow(LayoutError)
  })

  it("that is a copy at another address is refused", () => {
    const { owner, data } = bench.account(bench.state)
    bench.put(OTHER, owner, data)
    expect(tampered({ state: OTHER }).refusal).toBe("WRONG_STATE")
  })
})

describe("accounts", () => {
  const numberedKey = (_: unknown, i: number) => [new PublicKey(new Uint8Array(32).fill(i + 1)), false] as const
  const limit = ComputeBudgetProgram.setComputeUnitLimit({ units: DELIVERY_COMPUTE_UNITS })
  it.each<
    [string, (keys: { state: PublicKey; guardians: PublicKey }) => readonly (readonly [PublicKey, writable: boolean])[]]
  >([
    ["missing", ({ state }) => [[state, true]]],
    ["none", () => []],
    [
      "one too many",
      ({ state, guardians }) => [
        [state, true],
        [guardians, false],
        [OTHER, false],
      ],
    ],
    [
      "one of them twice",
      ({ state }) => [
        [state, true],
        [state, true],
      ],
    ],
    [
      "state not writable",
      ({ state, guardians }) => [
        [state, false],
        [guardians, false],
      ],
    ],
    ["twenty too many", ({ state }) => [[state, true], ...Array.from({ length: 20 }, numberedKey)]],
  ])("%s: refused", (_, list) => {
    const [, deliver] = deliveryInstructions(bench.receiver, FIRST)
    if (!deliver) throw new Error("no delivery")
    const keys = list({ state: bench.state, guardians: bench.guardianSet })
    deliver.keys = keys.map(([pubkey, isWritable]) => ({ pubkey, isWritable, isSigner: false }))
    expect(bench.send([limit, deliver]).refusal).toBe("WRONG_ACCOUNTS")
    expectNothingHeld()
  })

  it("in the wrong order: refused", () => {
    expect(tampered({ state: bench.guardianSet, guardianSet: bench.state }).refusal).toBe("WRONG_STATE")
  })
})

describe("instruction data", () => {
  it("cut short at any length is refused", () => {
    const [, deliver] = deliveryInstructions(bench.receiver, FIRST)
    const [, open] = openInstructions(bench.receiver, bench.payer.publicKey, 0n)
    for (let length = 0; length < (deliver?.data.length ?? 0); length++) {
      const { refusal } = tampered({ data: data => data.subarray(0, length) })
      expect(refusal).toMatch(/^(MALFORMED_INSTRUCTION|WRONG_SIGNATURE)$/)
    }
    expectNothingHeld()
    const fresh = new ReceiverBench()
    for (let length = 0; length < (open?.data.length ?? 0); length++) {
      const [pay, whole] = openInstructions(fresh.receiver, fresh.payer.publicKey, 10n ** 7n)
      if (!pay || !whole) throw new Error("nothing to open")
      whole.data = whole.data.subarray(0, length)
      // The accounts of the two kinds are alike, the kind is the first byte.
      expect(fresh.send([pay, whole]).refusal).toBe("MALFORMED_INSTRUCTION")
    }
  })

  it("of an unknown kind is refused", () => {
    for (const kind of [3, 4, 255]) {
      const data = (valid: Buffer) => {
        valid.writeUInt8(kind, 0)
        return valid
      }
      expect(tampered({ data }).refusal).toBe("MALFORMED_INSTRUCTION")
    }
  })
})
