/**
 * From a configuration's routes to what the relay sends along.
 */
import type { Hex } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { openReceiver } from "../evm/receiver.js"
import { openSender } from "../evm/sender.js"
import { connectSolanaReceiver } from "../solana/receiver.js"
import type { Route } from "./courier.js"
import { evmTarget } from "./evm-target.js"
import type { Origin } from "./relay.js"
import type { RouteConfig } from "./route-config.js"
import { solanaTarget } from "./solana-target.js"
import type { TriggerRules } from "./trigger.js"

export interface RelayerKeys {
  /** For EVM chains; absent where there are none. */
  readonly evm?: Hex | undefined
  /** As `relayerKeypair` reads it. */
  readonly solana?: string | undefined
}

/** @throws RangeError when the key of the route's kind is missing. */
export function openRoute(config: RouteConfig, origin: Origin, keys: RelayerKeys, rules: TriggerRules): Route {
  const { dailyBudget, balanceAlert, triggers = rules } = config
  return { target: targetOf(config, origin, keys), rules: triggers, limits: { dailyBudget, balanceAlert } }
}

function targetOf(config: RouteConfig, { emitterChain: wormholeChain, emitter }: Origin, keys: RelayerKeys) {
  if (config.kind === "solana") {
    const receiver = connectSolanaReceiver({ ...config, wormholeChain, emitter, key: keys.solana ?? "" })
    return solanaTarget(receiver, BigInt(config.microLamports))
  }
  if (!keys.evm) throw new RangeError(`deliveries to ${config.chain} need a private key`)
  const [url = "", ...fallbackUrls] = config.rpc
  const sender = openSender({
    url,
    fallbackUrls,
    chainId: Number(config.chain.slice("eip155:".length)),
    account: privateKeyToAccount(keys.evm),
    requestTimeoutMs: config.timeoutMs,
    stuckAfterMs: config.stuckSeconds * 1_000,
    confirmTimeoutMs: config.confirmSeconds * 1_000,
    fees: { multiplierPercent: config.gasPricePercent, mostPerGas: config.mostGwei },
  })
  return evmTarget(openReceiver(sender, config.receiver))
}
