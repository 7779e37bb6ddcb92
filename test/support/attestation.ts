/**
 * Attestations to try things on: n leaves over three chains, every second holder number taken.
 */
import type { AccountLeaf, Attestation, AttestationHeader, Bytes32 } from "../../aggregator/domain/attestation.js"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { usd } from "../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES } from "../../aggregator/domain/health.js"
import { accountHash } from "../../aggregator/domain/leaf.js"
import { type AttestationTree, attestationTree, orderLeaves } from "../../aggregator/domain/merkle.js"

const CHAINS = [2, 4, 1] as const
const ETHEREUM = chainId("eip155:1337")

export const holder = (number: number): Bytes32 => `0x${number.toString(16).padStart(64, "0")}`

/** Holders 2, 4, 6, … on the Wormhole chains 2, 4 and 1 in turn: odd numbers are free for absence proofs. */
export const leaves = (count: number): readonly AccountLeaf[] =>
  orderLeaves(
    Array.from({ length: count }, (_, i) => ({
      address: addressOn(ETHEREUM, `0x${i.toString(16).padStart(40, "0")}`),
      wormholeChain: count < 4 ? (i === count - 1 ? 4 : 2) : (CHAINS[i % CHAINS.length] ?? 1),
      holder: holder(2 * i + 2),
      account: accountHash(`account-${i}`),
      equity: usd(BigInt(i - 1) * 10n ** 21n),
      initialMargin: usd(BigInt(i) * 10n ** 20n),
      maintenanceMargin: usd(BigInt(i) * 7n * 10n ** 19n),
      status: ACCOUNT_STATUSES[i % 5] ?? "NORMAL",
      asOf: 1_760_000_000 + i,
    })),
  )

export const headerOf = (leafCount: number): AttestationHeader => ({
  wasmHash: accountHash("wasm"),
  policyHash: accountHash("policy"),
  snapshotHash: accountHash("snapshot"),
  leafCount,
  pins: [{ chain: ETHEREUM, wormholeChain: 2, height: 12n, blockHash: accountHash("block") }],
})

export const tree = (count: number): AttestationTree => attestationTree(headerOf(count), leaves(count))

/** An attestation over `count` leaves; `timestamp` decides when it expires. */
export function attestationOf(count: number, epoch: bigint, timestamp: number, validity = 60): Attestation {
  const { root, header, leaves: attested } = tree(count)
  return {
    epoch,
    timestamp,
    validity,
    inputGrade: "single",
    revokedBelow: 0n,
    root,
    chains: [],
    header,
    leaves: attested,
  }
}
