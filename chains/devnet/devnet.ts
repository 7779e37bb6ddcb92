/**
 * The embedded devnet: two EVM chains and Solana with real protocols, a guardian network, owners with books, a moving
 * market. Everything is local, started here and stopped here.
 */
import { toHex } from "viem"
import type { Account } from "../../aggregator/domain/snapshot.js"
import type { ChainConfigInput } from "../chain-config.js"
import { emitterOf } from "../evm/core-bridge.js"
import { deployReceiver, type TrustedEmitter } from "../evm/receiver.js"
import { openSender } from "../evm/sender.js"
import { bscConfig, type EvmBase, ethereumConfig, ROLE, startBsc, startEthereum } from "./evm/chains.js"
import { devAccount } from "./evm/dev-accounts.js"
import type { PushedPrices } from "./evm/price-feeds.js"
import { startGuardian } from "./guardian.js"
import { DEV_GUARDIAN_SET } from "./guardian-keys.js"
import { pricesAt } from "./market-path.js"
import { seedOwners } from "./owners.js"
import { deployReceiver as deployOnSolana } from "./solana/receiver.js"
import { devnetKeypair } from "./solana/seed.js"
import { startSolana } from "./solana/start.js"

export interface Devnet {
  readonly chains: readonly ChainConfigInput[]
  readonly accounts: readonly Account[]
  readonly homeChain: string
  readonly guardianApi: string
  /** Devnet only, everybody can derive them: from anvil's published mnemonic, and for Solana as `solana-keygen` writes it. */
  readonly keys: {
    readonly publisher: `0x${string}`
    readonly relayer: `0x${string}`
    readonly solanaRelayer: string
  }
  /** Lets prices move until the devnet stops. */
  openMarket(onError: (error: unknown) => void): void
  /** Moves prices now, on every chain: for a market that somebody else drives. Not beside an open market. */
  pushPrices(prices: PushedPrices): Promise<void>
  stop(): Promise<void>
}

const SLOT_MS = 400
const RELAYER_LAMPORTS = 10n * 10n ** 9n
const PUSH_SECONDS = 2
/** With one-slot epochs: see `startAnvil`. */
const BLOCKS_TO_FINALITY = 2

/**
 * Starts everything; what was started is stopped again when a part fails.
 *
 * @param progress told in words what is ready.
 */
export async function startDevnet(progress: (done: string) => void): Promise<Devnet> {
  const running: { stop(): Promise<void> }[] = []
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    running.push(part)
    return part
  }
  const stopping = new AbortController()
  const stop = async () => {
    stopping.abort()
    for (const part of running.splice(0).reverse()) await part.stop()
  }
  try {
    const opening = pricesAt(0)
    const parts = await Promise.allSettled([
      startEthereum(opening).then(chain => {
        keep(chain.anvil)
        progress("Ethereum: Wormhole core, tokens, feeds, Aave v3, Perp Curie, Uniswap v3, a vault")
        return chain
      }),
      startBsc(opening).then(chain => {
        keep(chain.anvil)
        progress("Bsc: Wormhole core, tokens, feeds, Lyra Avalon")
        return chain
      }),
      startSolana({ slotMs: SLOT_MS }).then(solana => {
        keep(solana)
        progress("Solana: runtime, Token programs, receiver program")
        return solana
      }),
    ])
    const [ethereum, bsc, solana] = [fulfilled(parts[0]), fulfilled(parts[1]), fulfilled(parts[2])]
    const evm: readonly EvmBase[] = [ethereum, bsc]

    const solanaRelayer = devnetKeypair("relayer")
    solana.seeder.fund(solanaRelayer.publicKey, RELAYER_LAMPORTS)
    const onSolana = deployOnSolana(solana, trusted(ethereum))
    const usdc = solana.seeder.createMint("USDC", 6)
    const [accounts, receivers] = await Promise.all([
      seedOwners({ ethereum, bsc, solana }, usdc),
      Promise.all(evm.map(chain => deployReceiverOn(chain, ethereum, stopping.signal))),
    ])
    // A service reads finalized blocks: its first reading shall already see what the owners did.
    await Promise.all(evm.map(({ wallet }) => wallet.client.mine({ blocks: BLOCKS_TO_FINALITY })))
    progress("Owners: loans, options, perpetuals, liquidity and balances by real transactions")
    const guardian = keep(
      await startGuardian(
        evm.map(({ anvil, core, wormholeChain }) => ({ url: anvil.url, core, wormholeChain })),
        DEV_GUARDIAN_SET,
      ),
    )
    progress("Guardians: 19 keys, 13 sign")

    const [onEthereum, onBsc] = receivers
    if (!onEthereum || !onBsc) throw new Error("a receiver is missing")
    const first = ethereumConfig(ethereum, onEthereum)
    const push = pushTo(evm, prices => ethereum.venues.follow(prices))
    return {
      chains: [
        first,
        bscConfig(bsc, onBsc),
        {
          kind: "solana",
          chain: solana.chain,
          name: "Solana (devnet)",
          wormholeChain: 1,
          rpc: [solana.url],
          commitment: "finalized",
          assets: [
            { mint: "native", symbol: "SOL", decimals: 9 },
            { mint: usdc.mint.toBase58(), symbol: "USDC", decimals: usdc.decimals },
          ],
          adapters: [{ adapter: "spl" }],
          wormhole: { core: onSolana.source.core.toBase58(), receiver: onSolana.program.toBase58() },
        },
      ],
      accounts,
      homeChain: first.chain,
      guardianApi: guardian.url,
      keys: {
        publisher: keyOf(ROLE.publisher),
        relayer: keyOf(ROLE.relayer),
        solanaRelayer: JSON.stringify([...solanaRelayer.secretKey]),
      },
      openMarket: onError => keep(runMarket(push, onError)),
      pushPrices: push,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function fulfilled<T>(part: PromiseSettledResult<T>): T {
  if (part.status === "rejected") throw part.reason
  return part.value
}

const senderFor = ({ anvil }: EvmBase, role: number) =>
  openSender({ url: anvil.url, chainId: anvil.chainId, account: devAccount(role) })

/** Whom receivers on every chain trust. */
const trusted = (home: EvmBase): TrustedEmitter => ({
  wormholeChain: home.wormholeChain,
  emitter: emitterOf(devAccount(ROLE.publisher).address),
})

const deployReceiverOn = (chain: EvmBase, home: EvmBase, signal: AbortSignal) =>
  deployReceiver(senderFor(chain, ROLE.relayer), chain.core, trusted(home), signal)

function keyOf(role: number): `0x${string}` {
  const { privateKey } = devAccount(role).getHdKey()
  if (!privateKey) throw new Error(`development account ${role} has no private key`)
  return toHex(privateKey)
}

type Push = (prices: PushedPrices) => Promise<void>

/**
 * Pushes to every chain; two pushes within a second are a second apart, because a feed ignores a time it has seen.
 *
 * @param follow lets the markets trade to the new prices.
 */
function pushTo(chains: readonly EvmBase[], follow: Push): Push {
  let last = Math.floor(Date.now() / 1000)
  return async prices => {
    last = Math.max(last + 1, Math.floor(Date.now() / 1000))
    const publishTime = last
    await Promise.all(chains.map(({ feeds }) => feeds.pushPrices(prices, publishTime)))
    await follow(prices)
  }
}

/** Pushes the path's prices until stopped; a push under way is waited for. */
function runMarket(push: Push, onError: (error: unknown) => void): { stop(): Promise<void> } {
  const opened = Date.now()
  let underway = Promise.resolve()
  const timer = setInterval(() => {
    underway = underway.then(() => push(pricesAt((Date.now() - opened) / 1000))).catch(onError)
  }, PUSH_SECONDS * 1000)
  return {
    stop: async () => {
      clearInterval(timer)
      await underway
    },
  }
}
