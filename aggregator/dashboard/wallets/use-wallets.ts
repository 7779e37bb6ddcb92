/**
 * The wallets of this browser, found once and connected once, for every part of the page that signs.
 */
import { useEffect, useState } from "preact/hooks"
import { findEvmWallets } from "./evm-wallets.js"
import { findSolanaWallets } from "./solana-wallets.js"
import type { ConnectedWallet, FoundWallet } from "./wallet.js"

interface Wallets {
  readonly found: readonly FoundWallet[]
  readonly connected: readonly ConnectedWallet[]
}

let wallets: Wallets = { found: [], connected: [] }
const readers = new Set<(wallets: Wallets) => void>()
let isLooking = false

function become(next: Partial<Wallets>): void {
  wallets = { ...wallets, ...next }
  for (const tell of readers) tell(wallets)
}

/** Wallets announce themselves at any time, as long as the page is open; one of a name is enough. */
function look(): void {
  if (isLooking) return
  isLooking = true
  const add = (wallet: FoundWallet) => {
    if (!wallets.found.some(each => each.name === wallet.name)) become({ found: [...wallets.found, wallet] })
  }
  findEvmWallets(add)
  findSolanaWallets(add)
}

export function useWallets(): Wallets {
  const [shown, show] = useState(wallets)
  useEffect(() => {
    readers.add(show)
    look()
    show(wallets)
    return () => void readers.delete(show)
  }, [])
  return shown
}

/** Asks the wallet's owner. @throws Error when refused. */
export async function connect(wallet: FoundWallet): Promise<void> {
  const opened = await wallet.connect()
  become({ connected: [...wallets.connected.filter(each => each.name !== opened.name), opened] })
}
