/**
 * The way of an attestation out: published through the home chain's core contract, carried by the relay to every chain.
 */
import { type Hex, toHex } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import type { Outbox } from "../../aggregator/domain/outbox.js"
import type { AttestationWire, Clock, Receipt, Standing } from "../../aggregator/domain/ports.js"
import type { ChainConfig, EvmChainConfig, SolanaChainConfig } from "../chain-config.js"
import { openCoreBridge } from "../evm/core-bridge.js"
import { openReceiver } from "../evm/receiver.js"
import { type EvmSender, openSender } from "../evm/sender.js"
import { connectSolanaReceiver } from "../solana/receiver.js"
import type { Consistency } from "../wormhole/consistency.js"
import { encodePayload, revocationPayload } from "../wormhole/payload.js"
import { NO_LIMITS } from "./courier.js"
import { evmTarget } from "./evm-target.js"
import { type Origin, openRelay, type RelayEvent } from "./relay.js"
import { solanaTarget } from "./solana-target.js"
import { EVERY_EPOCH } from "./trigger.js"

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
  report(event: RelayEvent): void
}

export interface OpenWire extends AttestationWire {
  /**
   * Withdraws epochs by a message of its own, which proves nothing itself; resolves when it is published.
   *
   * @param below every epoch below this number; all that exist when `null`.
   */
  revoke(below: bigint | null, signal: AbortSignal): Promise<Revocation>
  /** Lets what is under way end or be cut off, then sends nothing more. */
  stop(): Promise<void>
}

export interface Revocation extends Receipt {
  /** The message's own. */
  readonly epoch: bigint
  readonly revokedBelow: bigint
}

const ROUND_MS = 1_000
/** For how long a revocation is carried: one that comes late still withdraws what is valid for longer. */
const REVOCATION_CARRIED_SECONDS = 86_400
/** A running service publishes further epochs meanwhile: one that arrives first must not make the revocation too old. */
const EPOCHS_AHEAD = 100n

/** @throws RangeError when the home chain is not among the EVM chains, or the key for Solana is none. */
export async function openWire(options: WireOptions): Promise<OpenWire> {
  const { chains, publisherKey, relayerKey, clock, outbox, onSigned, report } = options
  const home = chains.filter(isEvm).find(each => each.chain === options.homeChain)
  if (!home) throw new RangeError(`the home chain ${options.homeChain} is not a configured EVM chain`)

  const senderOn = oneSenderPerKey()
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
  const targets = [...receivers.map(evmTarget), ...onSolana.map(receiver => solanaTarget(receiver))]
  const deployed = new Set(targets.map(({ chain }) => chain))
  const relay = openRelay({
    guardianApis: options.guardianApis,
    routes: targets.map(target => ({ target, rules: EVERY_EPOCH, limits: NO_LIMITS })),
    undeployed: chains.map(({ chain }) => chain).filter(chain => !deployed.has(chain)),
    outbox,
    clock,
    intervalMs: ROUND_MS,
    onSigned,
    report,
  })
  relay.run()

  async function standing(signal: AbortSignal): Promise<Standing> {
    const held = await Promise.allSettled([
      ...receivers.map(receiver => receiver.latest()),
      ...onSolana.map(receiver => receiver.latest(signal)),
    ])
    const answers = held.flatMap(each => (each.status === "fulfilled" ? [each.value] : []))
    const [failure] = held.flatMap(each => (each.status === "rejected" ? [each.reason] : []))
    // One chain that is down stops nobody: should it hold a later epoch, it refuses until the numbers have passed it.
    if (failure !== undefined && answers.length === 0) throw failure
    return {
      epoch: highest(answers.map(each => each.epoch)),
      revokedBelow: highest(answers.map(each => each.revokedBelow)),
    }
  }

  return {
    homeChain: home.chain,
    standing,
    revoke: async (below, signal) => {
      const { epoch: held } = await standing(signal)
      const epoch = held + EPOCHS_AHEAD
      const payload = revocationPayload(epoch, clock.now(), below ?? epoch + 1n)
      const nonce = Number(BigInt.asUintN(32, epoch))
      const receipt = await core.publishMessage(nonce, toHex(encodePayload(payload)), signal)
      const { root, revokedBelow } = payload
      const expiresAt = clock.now() + REVOCATION_CARRIED_SECONDS
      await relay.accept({ ...origin, sequence: receipt.sequence, epoch, root, expiresAt }, null)
      return { ...receipt, epoch, revokedBelow }
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

const highest = (values: readonly bigint[]): bigint => values.reduce((most, each) => (each > most ? each : most), 0n)

const isEvm = (config: ChainConfig): config is EvmChainConfig => config.kind === "evm"

/** A key's transactions on a chain go out one after the other, whatever they are for. */
function oneSenderPerKey() {
  const senders = new Map<string, EvmSender>()
  return ({ chain, rpc: [url = "", ...fallbackUrls] }: EvmChainConfig, key: Hex): EvmSender => {
    const account = privateKeyToAccount(key)
    const known = senders.get(`${chain}:${account.address}`)
    const sender = known ?? openSender({ url, fallbackUrls, chainId: Number(chain.slice("eip155:".length)), account })
    senders.set(`${chain}:${account.address}`, sender)
    return sender
  }
}

/** `null` where no receiver is configured. */
function solanaReceiverOn({ chain, rpc, timeoutMs, wormhole }: SolanaChainConfig, origin: Origin, key = "") {
  if (!wormhole) return null
  const { emitterChain: wormholeChain, emitter } = origin
  return connectSolanaReceiver({ chain, rpc, timeoutMs, ...wormhole, wormholeChain, emitter, key })
}
