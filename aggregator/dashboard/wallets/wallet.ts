/**
 * A wallet as the page needs it, whatever kind it is: found in the browser, connected by its owner, asked to sign.
 */
export interface FoundWallet {
  readonly name: string
  readonly family: "Ethereum" | "Solana"
  /** Asks the owner. @throws Error when refused, or when the wallet shows no address. */
  connect(): Promise<ConnectedWallet>
}

export interface ConnectedWallet {
  readonly name: string
  readonly family: FoundWallet["family"]
  /** Addresses as the family writes them. */
  readonly holders: readonly string[]
  /** The signature as the service takes it: 0x hex on EVM, base58 on Solana. @throws Error when refused. */
  sign(text: string, holder: string): Promise<string>
}

/** One address that can sign here, on one of the service's chains. */
export interface Signer {
  /** CAIP-10. */
  readonly address: string
  readonly wallet: ConnectedWallet
  readonly holder: string
}

/** An EVM holder can sign for every EVM chain that is configured, a Solana holder for every Solana cluster. */
export function signersOf(
  wallets: readonly ConnectedWallet[],
  chains: readonly { readonly chain: string }[],
): Signer[] {
  return wallets.flatMap(wallet =>
    wallet.holders.flatMap(holder =>
      chains
        .filter(({ chain }) => chain.startsWith(wallet.family === "Solana" ? "solana:" : "eip155:"))
        .map(({ chain }) => ({ address: `${chain}:${holder}`, wallet, holder })),
    ),
  )
}
