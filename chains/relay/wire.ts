/**
 * The way of an attestation out: published through the home chain's core contract, carried by the relay to every chain.
 */
import type { Hex } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import type { Outbox } from "../../aggregator/domain/outbox.js"
import type { AttestationWire, Clock, Delivery } from "../../aggregator/domain/ports.js"
import type { ChainConfig, EvmChainConfig, SolanaChainConfig } from "../chain-config.js"
import { openCoreBridge } from "../evm/core-bridge.js"
import { openReceiver } from "../evm/receiver.js"
import { openSender } from "../evm/sender.js"
import { connectSolanaReceiver } from "../solana/receiver.js"
import type { Consistency } from "../wormhole/consistency.js"
import { evmTarget } from "./evm-target.js"
import { type Origin, startRelay } from "./relay.js"
import { solanaTarget } from "./solana-target.js"
import { undeployedTarget } from "./target.js"

export interface WireOptions {
  readonly chains: readonly ChainConfig[]
  readonly homeChain: string
  readonly consistency: Consistency
  readonly guardianApis: readonly string[]
  readonly publisherKey: Hex
  readonly relayerKey: Hex
  /** What `relayerKeypair` reads; absent where nothing is delivered to Solana. */
  readonly solanaRelayerKey?: string | undefined
  readonly clock: Clock
  readonly outbox: Outbox
  onSigned(epoch: bigint, vaa: Uint8Array): Promise<void>
  onDelivery(epoch: bigint, delivery: Delivery): void
}

export interface OpenWire extends AttestationWire {
  /** Lets what is under way end or be cut off, then sends nothing more. */
  stop(): Promise<void>
}

const GUARDIAN_POLL_MS = 500

/** @throws RangeError when the home chain is not among the EVM chains, or the key for Solana is none. */
export async function openWire(options: WireOptions): Promise<OpenWire> {
  const { chains, publisherKey, relayerKey, clock, outbox, onSigned, onDelivery } = options
  const home = chains.filter(isEvm).find(each => each.chain === options.homeChain)
  if (!home) throw new RangeError(`the home chain ${options.homeChain} is not a configured EVM chain`)

  const sender = senderOn(home, publisherKey)
  const core = openCoreBridge({ sender, core: home.wormhole.core, consistency: options.consistency })
  const origin = { emitterChain: home.wormholeChain, emitter: core.emitter }
  const receivers = chains.filter(isEvm).flatMap(each => {
    const { receiver } = each.wormhole
    return receiver ? [openReceiver(senderOn(each, relayerKey), receiver)] : []
  })
  const onSolana = chains.flatMap(each => {
    const receiver = each.kind === "solana" ? solanaReceiverOn(each, origin, options.solanaRelayerKey) : null
    return receiver ? [receiver] : []
  })
  const targets = [...receivers.map(evmTarget), ...onSolana.map(solanaTarget)]
  const relay = await startRelay({
    guardians: { apis: options.guardianApis, intervalMs: GUARDIAN_POLL_MS },
    targets: chains.map(
      ({ chain }) => targets.find(each => each.chain === chain) ?? undeployedTarget(chain, "no receiver is configured"),
    ),
    outbox,
    clock,
    onSigned,
    onDelivery,
  })

  return {
    homeChain: home.chain,
    lastEpoch: async signal => {
      const held = await Promise.allSettled([
        ...receivers.map(receiver => receiver.latest()),
        ...onSolana.map(receiver => receiver.latest(signal)),
      ])
      const epochs = held.flatMap(each => (each.status === "fulfilled" ? [each.value.epoch] : []))
      const [failure] = held.flatMap(each => (each.status === "rejected" ? [each.reason] : []))
      // One chain that is down stops nobody: should it hold a later epoch, it refuses until the numbers have passed it.
      if (failure !== undefined && epochs.length === 0) throw failure
      return epochs.reduce((newest, epoch) => (epoch > newest ? epoch : newest), 0n)
    },
    publish: async (attestation, signal) => {
      const receipt = await core.publish(attestation, signal)
      await relay.dispatch(attestation, origin, receipt)
      return receipt
    },
    find: async (attestation, signal) => {
      const pinned = attestation.header.pins.find(pin => pin.chain === home.chain)
      if (!pinned) return null
      const receipt = await core.find(attestation, pinned.height, signal)
      if (receipt) await relay.dispatch(attestation, origin, receipt)
      return receipt
    },
    stop: relay.stop,
  }
}

const isEvm = (config: ChainConfig): config is EvmChainConfig => config.kind === "evm"

function senderOn(config: EvmChainConfig, key: Hex) {
  const [url = ""] = config.rpc
  return openSender({ url, chainId: Number(config.chain.slice("eip155:".length)), account: privateKeyToAccount(key) })
}

/** `null` where no receiver is configured. */
function solanaReceiverOn({ chain, rpc, timeoutMs, wormhole }: SolanaChainConfig, origin: Origin, key = "") {
  if (!wormhole) return null
  const { emitterChain: wormholeChain, emitter } = origin
  return connectSolanaReceiver({ chain, rpc, timeoutMs, ...wormhole, wormholeChain, emitter, key })
}
