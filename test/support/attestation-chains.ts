/**
 * Two local chains with the real Wormhole core, a receiver on each and the guardians over both.
 */
import { createTestClient, http, publicActions } from "viem"
import type { Bytes32 } from "../../aggregator/domain/attestation.js"
import { startAnvil } from "../../chains/devnet/anvil.js"
import { openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { deployWormholeCore } from "../../chains/devnet/evm/wormhole-core.js"
import { startGuardian } from "../../chains/devnet/guardian.js"
import { openCoreBridge } from "../../chains/evm/core-bridge.js"
import { deployReceiver, openReceiver } from "../../chains/evm/receiver.js"
import { openSender } from "../../chains/evm/sender.js"
import type { Consistency } from "../../chains/wormhole/consistency.js"

const PUBLISHER = 6
const RELAYER = 7

const never = new AbortController().signal

async function startChain(chainId: number, wormholeChain: number) {
  const anvil = await startAnvil({ chainId })
  const { url } = anvil
  const wallet = await openDevWallet(url, chainId)
  const core = await deployWormholeCore(wallet, wormholeChain)
  const client = createTestClient({ mode: "anvil", transport: http(url), cacheTime: 0 }).extend(publicActions)
  const publisher = (consistency: Consistency, account = PUBLISHER) =>
    openCoreBridge({ sender: openSender({ url, chainId, account: devAccount(account) }), core, consistency })
  const sender = openSender({ url, chainId, account: devAccount(RELAYER) })
  return { anvil, url, chainId, wormholeChain, core, client, publisher, sender }
}

export type AttestationChain = Awaited<ReturnType<typeof startAttestationChains>>["home"]

/** Starts both; publish on `home`, whose publisher's emitter both receivers trust. */
export async function startAttestationChains() {
  const [first, second] = await Promise.all([startChain(1337, 2), startChain(1397, 4)])
  const publisher = first.publisher("instant")
  const { emitter } = publisher
  const withReceiver = async (chain: typeof first) => {
    const address = await deployReceiver(chain.sender, chain.core, { wormholeChain: 2, emitter }, never)
    return { ...chain, receiver: openReceiver(chain.sender, address) }
  }
  const [home, away] = await Promise.all([withReceiver(first), withReceiver(second)])
  const guardian = await startGuardian([home, away])
  return {
    home,
    away,
    publisher,
    emitter: emitter satisfies Bytes32,
    guardian,
    stop: async () => {
      await guardian.stop()
      await Promise.all([home.anvil.stop(), away.anvil.stop()])
    },
  }
}

/** Now by the chain's own clock, unix seconds. */
export const chainTime = async ({ client }: AttestationChain): Promise<number> =>
  Number((await client.getBlock()).timestamp)
