/**
 * Accounts of a test's own making, attested and delivered to a receiver contract as guardians would sign them.
 */
import type { AccountLeaf, Attestation } from "../../aggregator/domain/attestation.js"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { evmBytes32 } from "../../aggregator/domain/chain-bytes.js"
import { usd } from "../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES, type AccountStatus } from "../../aggregator/domain/health.js"
import { accountHash } from "../../aggregator/domain/leaf.js"
import { type AttestationTree, attestationTree, orderLeaves } from "../../aggregator/domain/merkle.js"
import { signersOf, signMessage } from "../../chains/devnet/guardian-signing.js"
import { type AttestationPayload, encodePayload } from "../../chains/wormhole/payload.js"
import { attestationOf, headerOf } from "./attestation.js"
import { type AttestationChain, chainTime } from "./attestation-chains.js"

const never = new AbortController().signal
const CHAIN = chainId("eip155:1337")

export interface Holding {
  readonly holder: `0x${string}`
  /** Equity above a maintenance margin of 1,000. */
  readonly health: bigint
  readonly status?: AccountStatus
  /** 2, the test's home chain, when absent. */
  readonly wormholeChain?: number
}

/** One epoch's tree over some holdings. */
export function treeOver(holdings: readonly Holding[]): AttestationTree {
  const leaves = orderLeaves(
    holdings.map(({ holder, health, status = "NORMAL", wormholeChain = 2 }, i) => ({
      address: addressOn(CHAIN, holder),
      wormholeChain,
      holder: evmBytes32(holder),
      account: accountHash(`account-${i}`),
      equity: usd(1_000n + health),
      initialMargin: usd(1_200n),
      maintenanceMargin: usd(1_000n),
      status,
      asOf: 1_760_000_000,
    })),
  )
  return attestationTree(headerOf(leaves.length), leaves)
}

/** Epochs of one emitter, counted up. */
export function deliverer(chain: AttestationChain, emitter: `0x${string}`) {
  let epoch = 0n
  const submit = (payload: AttestationPayload) => {
    const message = { emitterChain: 2, emitter, sequence: payload.epoch, timestamp: 1_760_000_000, nonce: 0 }
    const vaa = signMessage({ ...message, consistencyLevel: 1, payload: encodePayload(payload) }, signersOf(0n))
    return chain.receiver.submit(vaa, never)
  }
  return {
    submit,
    nextEpoch: () => epoch + 1n,
    /** Delivers a tree as the next epoch. */
    async deliver(tree: AttestationTree, change: Partial<Attestation> = {}): Promise<Attestation> {
      epoch += 1n
      const { root, header, leaves } = tree
      const attestation = { ...attestationOf(0, epoch, await chainTime(chain), 600), root, header, leaves, ...change }
      await submit(attestation)
      return attestation
    },
    /** Delivers a message that is no attestation, as the next epoch. */
    async send(payload: (epoch: bigint, timestamp: number) => AttestationPayload): Promise<void> {
      epoch += 1n
      await submit(payload(epoch, await chainTime(chain)))
    },
  }
}

/** A leaf as the contract takes it. */
export const leafArgument = ({ address: _, ...leaf }: AccountLeaf) => ({
  ...leaf,
  status: ACCOUNT_STATUSES.indexOf(leaf.status),
  asOf: BigInt(leaf.asOf),
})

/** Argument and proof of the account that a holder has. @throws Error when it has none. */
export function proofOf(tree: AttestationTree, holder: string) {
  const leaf = tree.leaves.find(each => each.holder === evmBytes32(holder))
  if (!leaf) throw new Error(`no leaf for ${holder}`)
  return [leafArgument(leaf), tree.proof(leaf.index)] as const
}
