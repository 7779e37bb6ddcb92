/**
 * EVM wallets of this browser, by the events in which they announce themselves (EIP-6963), and EIP-1193 to talk to them.
 */
import type { FoundWallet } from "./wallet.js"

interface Provider {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>
}

interface Announcement {
  readonly info: { readonly uuid: string; readonly name: string }
  readonly provider: Provider
}

/** Tells of every wallet, those announced later too, until the returned function is called. */
export function findEvmWallets(found: (wallet: FoundWallet) => void): () => void {
  const known = new Set<string>()
  const hear = (event: Event) => {
    const { detail } = event as CustomEvent<Announcement>
    if (known.has(detail.info.uuid)) return
    known.add(detail.info.uuid)
    found(walletOf(detail))
  }
  addEventListener("eip6963:announceProvider", hear)
  dispatchEvent(new Event("eip6963:requestProvider"))
  return () => removeEventListener("eip6963:announceProvider", hear)
}

const walletOf = ({ info: { name }, provider }: Announcement): FoundWallet => ({
  name,
  family: "Ethereum",
  connect: async () => {
    const holders = stringsIn(await provider.request({ method: "eth_requestAccounts" }))
    if (holders.length === 0) throw new Error(`${name} shows no address`)
    return {
      name,
      family: "Ethereum",
      holders,
      sign: async (text, holder) => {
        const [signature] = stringsIn([
          await provider.request({ method: "personal_sign", params: [hexOf(text), holder] }),
        ])
        if (signature === undefined) throw new Error(`${name} gave no signature`)
        return signature
      },
    }
  },
})

const stringsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : []

const hexOf = (text: string): string =>
  `0x${[...new TextEncoder().encode(text)].map(byte => byte.toString(16).padStart(2, "0")).join("")}`
