import { describe, expect, it } from "vitest"
import {
  decodePayload,
  encodePayload,
  MalformedPayloadError,
  PAYLOAD_BYTES,
} from "../../../../chains/wormhole/payload.js"
import { attestationOf } from "../../../support/attestation.js"

const attestation = attestationOf(3, 2n ** 63n + 5n, 1_760_000_000, 120)

describe("payload", () => {
  it("is 58 bytes in the documented order", () => {
    const hex = Buffer.from(encodePayload(attestation)).toString("hex")
    expect(PAYLOAD_BYTES).toBe(58)
    expect(hex).toBe(
      `${"504c494d"}${"01"}${"8000000000000005"}${"0000000068e77800"}${"00000078"}${"00"}${attestation.root.slice(2)}`,
    )
  })

  it.each(["single", "quorum", "query"] as const)("decodes to what was encoded, grade %s", inputGrade => {
    const { epoch, timestamp, validity, root } = attestation
    expect(decodePayload(encodePayload({ ...attestation, inputGrade }))).toEqual({
      epoch,
      timestamp,
      validity,
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
