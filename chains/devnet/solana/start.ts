/**
 * One local Solana: the ledger behind JSON-RPC on 127.0.0.1, optionally making blocks by itself, stopped as one.
 */
import { Ledger, type LedgerOptions } from "./ledger.js"
import { rpcMethods } from "./rpc-methods.js"
import { startRpcServer } from "./rpc-server.js"
import { SolanaSeeder } from "./seed.js"

export interface LocalSolanaOptions {
  /** Milliseconds between blocks; without it a block is made for each transaction only. */
  readonly slotMs?: number
  /** Blocks behind the newest; default processed 0, confirmed 1, finalized 2. */
  readonly lag?: LedgerOptions["lag"]
  /** Base58. */
  readonly genesisHash?: string
  /** Names a fork of the cluster: its blocks have hashes of their own. */
  readonly fork?: string
}

export interface LocalSolana {
  readonly url: string
  readonly genesisHash: string
  /** CAIP-2 id: the first 32 characters of the genesis hash. */
  readonly chain: string
  readonly ledger: Ledger
  readonly seeder: SolanaSeeder
  /** Makes blocks and, if seconds are given, lets that time pass on top of the wall clock. */
  advance(slots: number, seconds?: number): void
  stop(): Promise<void>
}

/** The genesis hash under which the Wormhole SDK knows Solana in its Devnet environment. */
export const DEVNET_GENESIS_HASH = "8wF6jKV3cKwyaVkWcoV9KpDqmkjvEYno9hKZrKx8TbZn"
const DEFAULT_LAG = { processed: 0, confirmed: 1, finalized: 2 }
const CAIP2_REFERENCE_LENGTH = 32

export async function startSolana(options: LocalSolanaOptions = {}): Promise<LocalSolana> {
  const genesisHash = options.genesisHash ?? DEVNET_GENESIS_HASH
  const ledger = new Ledger({
    genesisHash,
    lag: options.lag ?? DEFAULT_LAG,
    ...(options.fork !== undefined && { fork: options.fork }),
  })
  const server = await startRpcServer(rpcMethods(ledger))
  const producer = options.slotMs === undefined ? undefined : setInterval(() => ledger.advance(1), options.slotMs)
  return {
    url: server.url,
    genesisHash,
    chain: `solana:${genesisHash.slice(0, CAIP2_REFERENCE_LENGTH)}`,
    ledger,
    seeder: new SolanaSeeder(ledger),
    advance: (slots, seconds) => ledger.advance(slots, seconds),
    stop: async () => {
      clearInterval(producer)
      await server.stop()
    },
  }
}
