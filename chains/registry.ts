/**
 * The one list of protocol adapters. A new protocol is one file and one line here; nothing registers itself on import.
 */
import type { EvmAdapter, EvmAdapterDefinition, EvmChainFacts } from "./evm/adapter.js"
import { chainlink } from "./evm/adapters/chainlink.js"
import { pyth } from "./evm/adapters/pyth.js"
import { wallet } from "./evm/adapters/wallet.js"

export const evmAdapters: readonly EvmAdapterDefinition[] = [wallet, pyth, chainlink]

/** One adapter of a chain with its settings as they were written. */
export interface AdapterEntry {
  readonly adapter: string
  readonly [setting: string]: unknown
}

/** An entry without the name of its adapter. */
export const settingsOf = ({ adapter: _, ...settings }: AdapterEntry): Record<string, unknown> => settings

/**
 * Builds a chain's adapters in the order of the list above, so that a reading does not depend on how a configuration is sorted.
 *
 * @throws ZodError when settings do not pass the adapter's schema; RangeError when no adapter has the name.
 */
export function evmAdaptersOf(entries: readonly AdapterEntry[], facts: EvmChainFacts): readonly EvmAdapter[] {
  const stranger = entries.find(entry => evmAdapters.every(({ name }) => name !== entry.adapter))
  if (stranger) throw new RangeError(`no adapter is named "${stranger.adapter}"`)
  return evmAdapters.flatMap(definition =>
    entries
      .filter(entry => entry.adapter === definition.name)
      .map(entry => definition.create(definition.settings.parse(settingsOf(entry)), facts)),
  )
}
