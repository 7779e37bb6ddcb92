/**
 * One button for each wallet of this browser.
 */
import { connect, useWallets } from "../wallets/use-wallets.js"
import type { Attempt } from "./attempt.js"

export function ConnectButtons({ attempt }: { readonly attempt: Attempt }) {
  const { found } = useWallets()
  if (found.length === 0) return <p class="empty">No wallet was found in this browser.</p>
  return (
    <p class="wallet-buttons">
      {found.map(wallet => (
        <button
          key={wallet.name}
          type="button"
          class="button"
          onClick={() => attempt(`${wallet.name} is connected.`, () => connect(wallet))}
        >
          Connect {wallet.name}
        </button>
      ))}
    </p>
  )
}
