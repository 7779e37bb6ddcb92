/**
 * Solana wallets of this browser, as the Wallet Standard registers them.
 */
import { base58 } from "@scure/base"
import type { FoundWallet } from "./wallet.js"

interface StandardAccount {
  readonly address: string
  readonly chains: readonly string[]
}

interface StandardWallet {
  readonly name: string
  readonly features: Readonly<Record<string, unknown>>
}

interface Connect {
  connect(): Promise<{ readonly accounts: readonly StandardAccount[] }>
}

interface SignMessage {
  signMessage(input: {
    readonly account: StandardAccount
    readonly message: Uint8Array
  }): Promise<readonly { readonly signature: Uint8Array }[]>
}

/** Tells of every wallet that can sign messages, those registered later too, until the returned function is called. */
export function findSolanaWallets(found: (wallet: FoundWallet) => void): () => void {
  const register = (...wallets: readonly StandardWallet[]) => {
    for (const wallet of wallets) {
      const connect = wallet.features["standard:connect"] as Connect | undefined
      const signMessage = wallet.features["solana:signMessage"] as SignMessage | undefined
      if (connect && signMessage) found(walletOf(wallet.name, connect, signMessage))
    }
    return () => {}
  }
  const hear = (event: Event) =>
    (event as CustomEvent<(api: { register: typeof register }) => void>).detail({ register })
  addEventListener("wallet-standard:register-wallet", hear)
  dispatchEvent(new CustomEvent("wallet-standard:app-ready", { detail: { register } }))
  return () => removeEventListener("wallet-standard:register-wallet", hear)
}

const walletOf = (name: string, connect: Connect, { signMessage }: SignMessage): FoundWallet => ({
  name,
  family: "Solana",
  connect: async () => {
    const { accounts } = await connect.connect()
    if (accounts.length === 0) throw new Error(`${name} shows no address`)
    return {
      name,
      family: "Solana",
      holders: accounts.map(each => each.address),
      sign: async (text, holder) => {
        const account = accounts.find(each => each.address === holder)
        if (!account) throw new Error(`${name} has no account ${holder}`)
        const [output] = await signMessage({ account, message: new TextEncoder().encode(text) })
        if (!output) throw new Error(`${name} gave no signature`)
        return base58.encode(output.signature)
      },
    }
  },
})
