/**
 * The Solana program against the independent check in TypeScript: it accepts exactly what that accepts.
 */
import { ComputeBudgetProgram, TransactionInstruction } from "@solana/web3.js"
import fc from "fast-check"
import { hexToBytes } from "viem"
import { beforeAll, describe, expect, it } from "vitest"
import { DEV_GUARDIANS } from "../../chains/devnet/guardian-keys.js"
import { DELIVERY_COMPUTE_UNITS, deliveryInstructions } from "../../chains/solana/receiver-delivery.js"
import { decodePayload, encodePayload } from "../../chains/wormhole/payload.js"
import { parseVaa, requireQuorum } from "../../chains/wormhole/vaa.js"
import { attestationOf } from "../support/attestation.js"
import { EMITTER, KEYS, NOW, ReceiverBench, SET, signed } from "../support/solana-receiver.js"

/** The check in TypeScript takes tens of milliseconds. */
const RUNS = 80
const BODY_AT = 8

let bench: ReceiverBench
let empty: Uint8Array
beforeAll(() => {
  bench = ReceiverBench.opened()
  empty = bench.account(bench.state).data
})

/** Sends instruction data as it is, to an empty state; true when the program took it. */
function accepted(data: Uint8Array): boolean {
  bench.put(bench.state, bench.program, empty)
  const { refusal } = bench.send([
    ComputeBudgetProgram.setComputeUnitLimit({ units: DELIVERY_COMPUTE_UNITS }),
    new TransactionInstruction({
      programId: bench.program,
      keys: [
        { pubkey: bench.state, isSigner: false, isWritable: true },
        { pubkey: bench.guardianSet, isSigner: false, isWritable: false },
      ],
      data: Buffer.from(data),
    }),
  ])
  const { epoch } = bench.held()
  expect(epoch > 0n).toBe(refusal === null)
  return refusal === null
}

/** The VAA that the instruction stands for; `null` when it stands for none. */
function vaaOf(data: Buffer): Uint8Array | null {
  if (data.length < BODY_AT) return null
  const [signers, odd] = [data.readUIntLE(2, 3), data.readUIntLE(5, 3)]
  const guardians = Array.from({ length: 24 }, (_, i) => i).filter(i => (signers >> i) & 1)
  const bodyAt = BODY_AT + 64 * guardians.length
  if (data.length < bodyAt + 17) return null
  const set = Buffer.alloc(4)
  set.writeUInt32BE(SET)
  const signatures = guardians.map((guardian, i) => {
    const at = BODY_AT + 64 * i
    return Buffer.concat([Uint8Array.of(guardian), data.subarray(at, at + 64), Uint8Array.of((odd >> guardian) & 1)])
  })
  const [head, tail] = [data.subarray(bodyAt, bodyAt + 8), data.subarray(bodyAt + 8)]
  const emitter = Buffer.concat([Uint8Array.of(0, 2), hexToBytes(EMITTER)])
  return Buffer.concat([Uint8Array.of(1), set, Uint8Array.of(guardians.length), ...signatures, head, emitter, tail])
}

/** What the client side thinks of it. */
function deservesAcceptance(data: Buffer): boolean {
  const vaa = vaaOf(data)
  if (vaa === null) return false
  try {
    const message = parseVaa(vaa)
    requireQuorum(message, { index: SET, guardians: KEYS })
    const { epoch, timestamp } = decodePayload(message.payload)
    return epoch > 0n && timestamp <= NOW + 600
  } catch {
    return false
  }
}

function deliveryData(vaa: Uint8Array): Buffer {
  const [, deliver] = deliveryInstructions(bench.receiver, vaa)
  if (!deliver) throw new Error("no delivery")
  return Buffer.from(deliver.data)
}

/** Kind and bump belong to the instruction, not to the message. */
const isDelivery = (data: Buffer, valid: Buffer) => data.length > 1 && data.compare(valid, 0, 2, 0, 2) === 0

const payload = encodePayload(attestationOf(3, 9n, NOW))
const vaa = signed({ payload })

describe("the Solana receiver program", () => {
  it("accepts of any signers, right or wrong, what the check in TypeScript accepts", () => {
    const guardian = fc.record({ index: fc.nat(23), signsWith: fc.nat(18), honest: fc.boolean() })
    const signers = fc.uniqueArray(guardian, { selector: ({ index }) => index, minLength: 11, maxLength: 13 })
    const quorum = fc.shuffledSubarray([...DEV_GUARDIANS], { minLength: 12, maxLength: 13 })
    fc.assert(
      fc.property(signers, quorum, fc.boolean(), (mixed, honest, isHonest) => {
        const chosen = isHonest
          ? honest
          : mixed.flatMap(({ index, signsWith, honest: own }) => {
              const key = DEV_GUARDIANS[own ? index % 19 : signsWith]
              return key ? [{ ...key, index }] : []
            })
        const inOrder = [...chosen].sort((a, b) => a.index - b.index)
        const data = deliveryData(signed({ payload }, inOrder))
        expect(accepted(data)).toBe(deservesAcceptance(data))
      }),
      { numRuns: 40, examples: [[[], [...DEV_GUARDIANS].slice(3, 16), true]] },
    )
  })

  it("accepts a delivery with changed bytes only where they do not matter to the check either", () => {
    const valid = deliveryData(vaa)
    expect(accepted(valid)).toBe(true)
    const change = fc.record({ at: fc.nat(valid.length - 1), xor: fc.integer({ min: 1, max: 255 }) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), changes => {
        const data = Buffer.from(valid)
        for (const { at, xor } of changes) data.writeUInt8(data.readUInt8(at) ^ xor, at)
        expect(accepted(data)).toBe(isDelivery(data, valid) && deservesAcceptance(data))
      }),
      { numRuns: RUNS },
    )
  })

  it("never accepts a delivery cut, lengthened or spliced", () => {
    const valid = deliveryData(vaa)
    const splice = fc.record({
      at: fc.nat(valid.length),
      remove: fc.nat(80),
      insert: fc.uint8Array({ maxLength: 40 }),
    })
    fc.assert(
      fc.property(splice, ({ at, remove, insert }) => {
        const data = Buffer.concat([valid.subarray(0, at), insert, valid.subarray(at + remove)])
        fc.pre(!data.equals(valid))
        expect(accepted(data)).toBe(isDelivery(data, valid) && deservesAcceptance(data))
      }),
      { numRuns: RUNS },
    )
  })

  it("never accepts random bytes", () => {
    const kind = fc.constantFrom(0, 1, 2, 3, 255)
    fc.assert(
      fc.property(kind, fc.uint8Array({ maxLength: 1_000 }), (first, rest) => {
        expect(accepted(Uint8Array.from([first, ...rest]))).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})
