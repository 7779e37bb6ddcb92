import { encodeAbiParameters, encodePacked, type Hex, keccak256, parseAbiParameters, stringToBytes } from "viem"
import { describe, expect, it } from "vitest"
import type { AccountLeaf, AttestationHeader } from "../../../aggregator/domain/attestation.js"
import { address, chainId } from "../../../aggregator/domain/caip.js"
import { usd } from "../../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES } from "../../../aggregator/domain/health.js"
import { accountHash, accountLeafHash, headerLeafHash, LeafEncodingError } from "../../../aggregator/domain/leaf.js"

const text = (value: string): Hex => keccak256(stringToBytes(value))
const bytes32 = (nibble: string): Hex => `0x${nibble.repeat(64)}`

const leaf: AccountLeaf = {
  index: 7,
  address: address("eip155:1337:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"),
  wormholeChain: 2,
  holder: "0x000000000000000000000000ab5801a7d398351b8be11c439e05c5b3259aec9b",
  account: accountHash("hedged"),
  equity: usd(-12_345_678_901_234_567_890n),
  initialMargin: usd(3n * 10n ** 18n),
  maintenanceMargin: usd(2n * 10n ** 18n + 1n),
  status: "LIQUIDATABLE",
  asOf: 1_760_000_000,
}

const header: AttestationHeader = {
  wasmHash: bytes32("a"),
  policyHash: bytes32("b"),
  snapshotHash: bytes32("c"),
  leafCount: 3,
  pins: [
    { chain: chainId("solana:devnet"), wormholeChain: 1, height: 99n, blockHash: bytes32("1") },
    { chain: chainId("eip155:1397"), wormholeChain: 4, height: 12n, blockHash: bytes32("2") },
  ],
}

/** The same hash by an independent encoder. */
function abiLeafHash(of: AccountLeaf): Hex {
  const encoded = encodeAbiParameters(
    parseAbiParameters("bytes32, uint32, uint16, bytes32, bytes32, int256, int256, int256, uint8, uint64"),
    [
      text("plimsoll/account-leaf/1"),
      of.index,
      of.wormholeChain,
      of.holder,
      of.account,
      of.equity,
      of.initialMargin,
      of.maintenanceMargin,
      ACCOUNT_STATUSES.indexOf(of.status),
      BigInt(of.asOf),
    ],
  )
  return keccak256(keccak256(encoded))
}

describe("account leaf", () => {
  it.each(ACCOUNT_STATUSES)("equals abi.encode hashed twice, status %s", status => {
    expect(accountLeafHash({ ...leaf, status })).toBe(abiLeafHash({ ...leaf, status }))
  })

  it.each([
    ["most negative equity", { equity: usd(-(2n ** 255n)) }],
    ["largest equity", { equity: usd(2n ** 255n - 1n) }],
    ["zero margin", { initialMargin: usd(0n), maintenanceMargin: usd(0n) }],
    ["minus one", { equity: usd(-1n) }],
  ])("encodes the %s in two's complement", (_, change) => {
    expect(accountLeafHash({ ...leaf, ...change })).toBe(abiLeafHash({ ...leaf, ...change }))
  })

  it.each([
    ["equity beyond int256", { equity: usd(2n ** 255n) }],
    ["a negative index", { index: -1 }],
    ["a fractional time", { asOf: 1.5 }],
    ["a chain beyond uint16", { wormholeChain: 65_536 }],
    ["a short holder", { holder: "0xab" as const }],
    ["an upper-case holder", { holder: bytes32("A") }],
  ])("refuses %s", (_, change) => {
    expect(() => accountLeafHash({ ...leaf, ...change })).toThrow(LeafEncodingError)
  })

  it("changes with every field", () => {
    const changes: Partial<AccountLeaf>[] = [
      { index: 8 },
      { wormholeChain: 4 },
      { holder: bytes32("9") },
      { account: accountHash("other") },
      { equity: usd(leaf.equity + 1n) },
      { initialMargin: usd(leaf.initialMargin + 1n) },
      { maintenanceMargin: usd(leaf.maintenanceMargin + 1n) },
      { status: "NORMAL" },
      { asOf: leaf.asOf + 1 },
    ]
    const hashes = [leaf, ...changes.map(change => ({ ...leaf, ...change }))].map(accountLeafHash)
    expect(new Set(hashes).size).toBe(changes.length + 1)
  })
})

describe("header leaf", () => {
  it("equals abi.encode hashed twice, pins sorted by chain", () => {
    const pin = (chain: string, wormholeChain: number, height: bigint, blockHash: Hex) =>
      encodeAbiParameters(parseAbiParameters("bytes32, uint16, uint64, bytes32"), [
        text(chain),
        wormholeChain,
        height,
        blockHash,
      ])
    const pins = keccak256(
      encodePacked(
        ["bytes", "bytes"],
        [pin("eip155:1397", 4, 12n, bytes32("2")), pin("solana:devnet", 1, 99n, bytes32("1"))],
      ),
    )
    const encoded = encodeAbiParameters(parseAbiParameters("bytes32, bytes32, bytes32, bytes32, uint32, bytes32"), [
      text("plimsoll/header-leaf/1"),
      header.wasmHash,
      header.policyHash,
      header.snapshotHash,
      header.leafCount,
      pins,
    ])
    expect(headerLeafHash(header)).toBe(keccak256(keccak256(encoded)))
  })

  it("does not depend on the order of the pins", () => {
    expect(headerLeafHash({ ...header, pins: [...header.pins].reverse() })).toBe(headerLeafHash(header))
  })

  it("refuses one chain pinned twice", () => {
    const [pin] = header.pins
    expect(() => headerLeafHash({ ...header, pins: pin ? [pin, pin] : [] })).toThrow(LeafEncodingError)
  })
})
