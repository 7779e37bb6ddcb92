import { describe, expect, it } from "vitest"
import {
  decodePayload,
  encodePayload,
  MalformedPayloadError,
  PAYLOAD_BYTES,
  revocationPayload,
} from "../../../../chains/wormhole/payload.js"
import { attestationOf } from "../../../support/attestation.js"

const attestation = { ...attestationOf(3, 2n ** 63n + 5n, 1_760_000_000, 120), revokedBelow: 258n }

describe("payload", () => {
  it("is 66 bytes in the documented order", () => {
    const hex = Buffer.from(encodePayload(attestation)).toString("hex")
    expect(PAYLOAD_BYTES).toBe(66)
    expect(hex).toBe(
      `${"504c494d"}${"01"}${"8000000000000005"}${"0000000068e77800"}${"00000078"}${"00"}${"0000000000000102"}${attestation.root.slice(2)}`,
    )
  })

  it.each(["single", "quorum", "query"] as const)("decodes to what was encoded, grade %s", inputGrade => {
    const { epoch, timestamp, validity, revokedBelow, root } = attestation
    expect(decodePayload(encodePayload({ ...attestation, inputGrade }))).toEqual({
      epoch,
      timestamp,
      validity,
      revokedBelow,
      root,
      inputGrade,
    })
  })

  it.each([
    ["another magic", 0, 0x51],
    ["another version", 4, 2],
    ["an unknown grade", 25, 3],
  ])("refuses %s", (_, at, value) => {
    const bytes = encodePayload(attestation).map((byte, i) => (i === at ? value : byte))
    expect(() => decodePayload(bytes)).toThrow(MalformedPayloadError)
  })

  it("refuses a byte less and a byte more", () => {
    const bytes = encodePayload(attestation)
    expect(() => decodePayload(bytes.subarray(1))).toThrow(MalformedPayloadError)
    expect(() => decodePayload(bytes.subarray(0, -1))).toThrow(MalformedPayloadError)
    expect(() => decodePayload(Uint8Array.of(...bytes, 0))).toThrow(MalformedPayloadError)
  })

  it("can withdraw itself and all before it, and nothing that does not exist yet", () => {
    const withdrawal = revocationPayload(9n, 1_760_000_000)
    expect(decodePayload(encodePayload(withdrawal))).toEqual({ ...withdrawal, revokedBelow: 10n, validity: 0 })
    expect(() => encodePayload({ ...withdrawal, revokedBelow: 11n })).toThrow(MalformedPayloadError)
    const early = encodePayload(withdrawal).map((byte, i) => (i === 33 ? 11 : byte))
    expect(() => decodePayload(early)).toThrow(MalformedPayloadError)
  })

  it.each([
    ["an epoch beyond u64", { epoch: 2n ** 64n }],
    ["a negative epoch", { epoch: -1n }],
    ["a validity beyond u32", { validity: 2 ** 32 }],
    ["a fractional timestamp", { timestamp: 0.5 }],
    ["a short root", { root: "0x00" as const }],
  ])("refuses to encode %s", (_, change) => {
    expect(() => encodePayload({ ...attestation, ...change })).toThrow()
  })
})
