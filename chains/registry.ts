/**
 * The one list of protocol adapters. A new protocol is one file and one line here; nothing registers itself on import.
 */
import type { z } from "zod"
import type { AdapterDefinition } from "./adapter.js"
import type { EvmAdapter, EvmAdapterDefinition, EvmChainFacts } from "./evm/adapter.js"
import { aaveV3 } from "./evm/adapters/aave-v3.js"
import { chainlink } from "./evm/adapters/chainlink.js"
import { erc4626 } from "./evm/adapters/erc4626.js"
import { lyraAvalon } from "./evm/adapters/lyra-avalon.js"
import { perpCurie } from "./evm/adapters/perp-curie.js"
import { pyth } from "./evm/adapters/pyth.js"
import { sequencer } from "./evm/adapters/sequencer.js"
import { uniswapV3 } from "./evm/adapters/uniswap-v3.js"
import { wallet } from "./evm/adapters/wallet.js"
import type { SolanaAdapter, SolanaAdapterDefinition, SolanaChainFacts } from "./solana/adapter.js"
import { marginfi } from "./solana/adapters/marginfi.js"
import { pyth as pythSolana } from "./solana/adapters/pyth.js"
import { spl } from "./solana/adapters/spl.js"

export const evmAdapters: readonly EvmAdapterDefinition[] = [
  wallet,
  erc4626,
  uniswapV3,
  pyth,
  chainlink,
  sequencer,
  aaveV3,
  perpCurie,
  lyraAvalon,
]
export const solanaAdapters: readonly SolanaAdapterDefinition[] = [spl, pythSolana, marginfi]

/** One adapter of a chain with its settings as they were written. */
export interface AdapterEntry {
  readonly adapter: string
  readonly [setting: string]: unknown
}

/** An entry without the name of its adapter. */
export const settingsOf = ({ adapter: _, ...settings }: AdapterEntry): Record<string, unknown> => settings

/**
 * Builds a chain's adapters in the order of the lists above, so that a reading does not depend on how a configuration is sorted.
 *
 * @throws ZodError when settings do not pass the adapter's schema; RangeError when no adapter has the name.
 */
export const evmAdaptersOf = (entries: readonly AdapterEntry[], facts: EvmChainFacts): readonly EvmAdapter[] =>
  adaptersOf(evmAdapters, entries, facts)

/** As `evmAdaptersOf`, for Solana. */
export const solanaAdaptersOf = (entries: readonly AdapterEntry[], facts: SolanaChainFacts): readonly SolanaAdapter[] =>
  adaptersOf(solanaAdapters, entries, facts)

function adaptersOf<Facts, Adapter>(
  definitions: readonly AdapterDefinition<z.ZodType, Facts, Adapter>[],
  entries: readonly AdapterEntry[],
  facts: Facts,
): readonly Adapter[] {
  const stranger = entries.find(entry => definitions.every(({ name }) => name !== entry.adapter))
  if (stranger) throw new RangeError(`no adapter is named "${stranger.adapter}"`)
  return definitions.flatMap(definition =>
    entries
      .filter(entry => entry.adapter === definition.name)
      .map(entry => definition.create(definition.settings.parse(settingsOf(entry)), facts)),
  )
}
