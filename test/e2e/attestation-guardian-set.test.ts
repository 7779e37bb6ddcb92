import fc from "fast-check"
import { concatBytes, hexToBytes, numberToHex, pad, parseAbi, toHex } from "viem"
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { DEV_GUARDIANS, type DevGuardian } from "../../chains/devnet/guardian-keys.js"
import { signMessage } from "../../chains/devnet/guardian-signing.js"
import { receiverAbi } from "../../chains/evm/receiver-abi.js"
import { encodePayload } from "../../chains/wormhole/payload.js"
import { attestationOf } from "../support/attestation.js"
import { type AttestationChain, chainTime, startAttestationChains } from "../support/attestation-chains.js"

const never = new AbortController().signal
const QUORUM_OF_ALL = DEV_GUARDIANS.slice(0, 13)
const HOUR = 3_600n
const coreAbi = parseAbi([
  "function parseAndVerifyVM(bytes vaa) view returns ((uint8 version, uint32 timestamp, uint32 nonce, uint16 emitterChainId, bytes32 emitterAddress, uint64 sequence, uint8 consistencyLevel, bytes payload, uint32 guardianSetIndex, (bytes32 r, bytes32 s, uint8 v, uint8 guardianIndex)[] signatures, bytes32 hash) vm, bool valid, string reason)",
  "function submitNewGuardianSet(bytes vaa)",
])

let chains: Awaited<ReturnType<typeof startAttestationChains>>
beforeAll(async () => {
  chains = await startAttestationChains()
})
afterAll(() => chains.stop())

async function signed(chain: AttestationChain, epoch: bigint, signers: readonly DevGuardian[], guardianSet = 0) {
  const payload = encodePayload(attestationOf(3, epoch, await chainTime(chain)))
  const message = { emitterChain: 2, emitter: chains.emitter, sequence: epoch, timestamp: 1_760_000_000, nonce: 0 }
  const vaa = signMessage({ ...message, consistencyLevel: 1, payload }, signers)
  return concatBytes([vaa.subarray(0, 1), hexToBytes(numberToHex(guardianSet, { size: 4 })), vaa.subarray(5)])
}

const accepts = ({ client, receiver }: AttestationChain, vaa: Uint8Array): Promise<boolean> =>
  client
    .simulateContract({
      address: receiver.address,
      abi: receiverAbi,
      functionName: "receiveAttestation",
      args: [toHex(vaa)],
    })
    .then(
      () => true,
      () => false,
    )

const coreAccepts = ({ client, core }: AttestationChain, vaa: Uint8Array): Promise<boolean> =>
  client.readContract({ address: core, abi: coreAbi, functionName: "parseAndVerifyVM", args: [toHex(vaa)] }).then(
    ([, valid]) => valid,
    () => false,
  )

const SIGNATURE = 66
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** The other signature that the same key is recovered from. */
function mirrored(signature: Uint8Array): Uint8Array {
  const s = CURVE_ORDER - BigInt(toHex(signature.subarray(33, 65)))
  return concatBytes([
    signature.subarray(0, 33),
    hexToBytes(numberToHex(s, { size: 32 })),
    Uint8Array.of((signature[65] ?? 0) ^ 1),
  ])
}

describe("the receiver's own check of signatures", () => {
  it("takes what the core takes and nothing else", async () => {
    const { home } = chains
    const complete = await signed(home, 1_000n, DEV_GUARDIANS)
    const at = (i: number) => complete.subarray(6 + i * SIGNATURE, 6 + (i + 1) * SIGNATURE)
    const body = complete.subarray(6 + DEV_GUARDIANS.length * SIGNATURE)

    const guardian = fc.nat({ max: 18 })
    const oneIn = (n: number) => fc.nat({ max: n - 1 }).map(draw => draw === 0)
    const rarely = <T>(n: number, value: fc.Arbitrary<T>) =>
      fc.oneof({ weight: n - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value })
    const signature = fc.record({
      mirror: oneIn(8),
      index: rarely(120, fc.nat({ max: 255 })),
      recovery: rarely(120, fc.nat({ max: 255 })),
      zero: oneIn(120),
    })
    const vaas = fc
      .record({
        order: fc.oneof(
          { weight: 6, arbitrary: fc.subarray([...Array(19).keys()], { minLength: 12 }) },
          { weight: 1, arbitrary: fc.array(guardian, { maxLength: 20 }) },
          { weight: 1, arbitrary: fc.shuffledSubarray([...Array(19).keys()], { minLength: 12 }) },
        ),
        changes: fc.array(signature, { minLength: 20, maxLength: 20 }),
        flip: rarely(4, fc.record({ at: fc.nat({ max: 2_000 }), mask: fc.integer({ min: 1, max: 255 }) })),
        count: rarely(20, fc.nat({ max: 255 })),
        cut: rarely(30, fc.nat({ max: 1_500 })),
      })
      .map(({ order, changes, flip, count, cut }) => {
        const signatures = order.map((guardianIndex, place) => {
          const { mirror = false, index = null, recovery = null, zero = false } = changes[place] ?? {}
          const changed = (mirror ? mirrored(at(guardianIndex)) : at(guardianIndex)).slice()
          if (zero) changed.fill(0, 1)
          if (index !== null) changed[0] = index
          if (recovery !== null) changed[65] = recovery
          return changed
        })
        const header = Uint8Array.of(1, 0, 0, 0, 0, count ?? order.length)
        const vaa = concatBytes([header, ...signatures, body])
        if (flip) vaa[flip.at % vaa.length] = (vaa[flip.at % vaa.length] ?? 0) ^ flip.mask
        return cut === null ? vaa : vaa.subarray(0, cut)
      })

    let taken = 0
    await fc.assert(
      fc.asyncProperty(vaas, async vaa => {
        const valid = await coreAccepts(home, vaa)
        taken += valid ? 1 : 0
        expect(await accepts(home, vaa)).toBe(valid)
      }),
      { numRuns: 400 },
    )
    // The comparison means nothing unless both verdicts occur often.
    expect(taken).toBeGreaterThan(40)
    expect(taken).toBeLessThan(360)
  })

  it.each([
    ["thirteen zero signatures beyond the set", Array.from({ length: 13 }, (_, i) => 100 + i)],
    ["thirteen zero signatures within it", Array.from({ length: 13 }, (_, i) => i)],
  ])("refuses %s", async (_, indices) => {
    const { home } = chains
    const vaa = await signed(home, 1_001n, [])
    const zeros = indices.map(index => concatBytes([Uint8Array.of(index), new Uint8Array(65)]))
    const forged = concatBytes([vaa.subarray(0, 5), Uint8Array.of(13), ...zeros, vaa.subarray(6)])
    expect(await accepts(home, forged)).toBe(false)
  })
})

describe("when the guardians change", () => {
  const account = (i: number): PrivateKeyAccount => privateKeyToAccount(numberToHex(i + 1, { size: 32 }))
  /** Seven guardians: another quorum, another place for every key. */
  const successors: readonly DevGuardian[] = Array.from({ length: 7 }, (_, index) => ({
    index,
    privateKey: numberToHex(index + 1, { size: 32 }),
    account: account(index),
  }))

  /** The core's own governance message, signed by the present set. */
  const upgrade = () =>
    signMessage(
      {
        emitterChain: 1,
        emitter: `0x${"4".padStart(64, "0")}`,
        sequence: 0n,
        timestamp: 0,
        nonce: 0,
        consistencyLevel: 0,
        payload: concatBytes([
          hexToBytes(pad(toHex("Core"), { size: 32 })),
          Uint8Array.of(2, 0, 0, 0, 0, 0, 1, successors.length),
          ...successors.map(successor => hexToBytes(successor.account.address)),
        ]),
      },
      QUORUM_OF_ALL,
    )

  it("both sets are taken for the core's day of grace, then the new one only", async () => {
    const { away } = chains
    const { client, receiver, core, sender } = away
    const cached = () =>
      client.readContract({ address: receiver.address, abi: receiverAbi, functionName: "guardianCache" })
    const later = async (seconds: bigint) => {
      await client.increaseTime({ seconds: Number(seconds) })
      await client.mine({ blocks: 1 })
    }
    const quorum = successors.slice(0, 5)
    expect(await accepts(away, await signed(away, 10n, quorum, 1))).toBe(false)

    await sender.call({ to: core, abi: coreAbi, functionName: "submitNewGuardianSet", args: [toHex(upgrade())] }, never)
    expect(await accepts(away, await signed(away, 10n, QUORUM_OF_ALL))).toBe(true)
    expect(await accepts(away, await signed(away, 10n, quorum, 1))).toBe(true)
    expect(await accepts(away, await signed(away, 10n, successors.slice(0, 4), 1))).toBe(false)
    expect(await accepts(away, await signed(away, 10n, successors.slice(0, 4), 0))).toBe(false)

    await later(2n * HOUR)
    const old = await receiver.submit(await signed(away, 11n, QUORUM_OF_ALL), never)
    console.info(`delivery by the replaced set, through the core, cache refreshed: ${old.gasUsed} gas`)
    expect(await cached()).toMatchObject({ index: 1 })

    const fresh = await receiver.submit(await signed(away, 12n, quorum, 1), never)
    console.info(`delivery by the new set of seven, cached: ${fresh.gasUsed} gas`)

    await later(25n * HOUR)
    expect(await accepts(away, await signed(away, 13n, QUORUM_OF_ALL))).toBe(false)
    expect(await accepts(away, await signed(away, 13n, quorum, 1))).toBe(true)
  })

  it("the cache follows by itself with the first message of the new set, or when anybody asks", async () => {
    const { home } = chains
    const { client, receiver, core, sender } = home
    const cached = () =>
      client.readContract({ address: receiver.address, abi: receiverAbi, functionName: "guardianCache" })
    await sender.call({ to: core, abi: coreAbi, functionName: "submitNewGuardianSet", args: [toHex(upgrade())] }, never)
    expect(await cached()).toMatchObject({ index: 0 })
    await receiver.submit(await signed(home, 2_000n, successors.slice(1, 6), 1), never)
    const followed = await cached()
    expect(followed).toMatchObject({ index: 1 })

    await sender.call({ to: receiver.address, abi: receiverAbi, functionName: "refreshGuardians", args: [] }, never)
    expect(await cached()).toMatchObject({ index: 1, keys: followed.keys })
  })
})
