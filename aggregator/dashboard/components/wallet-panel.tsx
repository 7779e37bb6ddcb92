/**
 * Connect wallets, then open an account, link an address to one, or take one out: each by the owner's signature.
 */
import { useEffect, useState } from "preact/hooks"
import type { Margin } from "../../routes/margin-schemas.js"
import type { ChainStateView } from "../../routes/schemas.js"
import { chainName } from "../chain-name.js"
import { findEvmWallets } from "../wallets/evm-wallets.js"
import { linkAddress, openAccount, unlinkAddress } from "../wallets/linking.js"
import { findSolanaWallets } from "../wallets/solana-wallets.js"
import { type ConnectedWallet, type FoundWallet, type Signer, signersOf } from "../wallets/wallet.js"

interface WalletPanelProps {
  readonly accounts: readonly Margin[]
  readonly chains: readonly ChainStateView[]
}

export function WalletPanel({ accounts, chains }: WalletPanelProps) {
  const found = useFoundWallets()
  const [connected, setConnected] = useState<readonly ConnectedWallet[]>([])
  const [outcome, setOutcome] = useState<{ readonly ok: boolean; readonly words: string } | null>(null)
  const attempt = async (words: string, work: () => Promise<void>) => {
    setOutcome(null)
    try {
      await work()
      setOutcome({ ok: true, words })
    } catch (error) {
      setOutcome({ ok: false, words: error instanceof Error ? error.message : String(error) })
    }
  }
  const connect = (wallet: FoundWallet) =>
    attempt(`${wallet.name} is connected.`, async () => {
      const opened = await wallet.connect()
      setConnected(before => [...before.filter(each => each.name !== opened.name), opened])
    })
  const signers = signersOf(connected, chains)
  return (
    <section class="wallets" aria-labelledby="wallets-heading">
      <div class="section-head">
        <h2 id="wallets-heading">Your addresses</h2>
        <p class="section-note">
          Linked by signature: every address names the other side, and no key ever leaves your wallet.
        </p>
      </div>
      {found.length === 0 && <p class="empty">No wallet was found in this browser.</p>}
      <p class="wallet-buttons">
        {found.map(wallet => (
          <button key={wallet.name} type="button" class="button" onClick={() => connect(wallet)}>
            Connect {wallet.name}
          </button>
        ))}
      </p>
      {signers.length > 0 && <LinkForm accounts={accounts} chains={chains} signers={signers} attempt={attempt} />}
      <p class={outcome?.ok === false ? "reason-text" : "verdict"} aria-live="polite" data-outcome={outcome?.ok}>
        {outcome?.words}
      </p>
    </section>
  )
}

/** Wallets as they announce themselves; one of a name is enough. */
function useFoundWallets(): readonly FoundWallet[] {
  const [found, setFound] = useState<readonly FoundWallet[]>([])
  useEffect(() => {
    const add = (wallet: FoundWallet) =>
      setFound(before => (before.some(each => each.name === wallet.name) ? before : [...before, wallet]))
    const stops = [findEvmWallets(add), findSolanaWallets(add)]
    return () => {
      for (const stop of stops) stop()
    }
  }, [])
  return found
}

interface LinkFormProps extends WalletPanelProps {
  readonly signers: readonly Signer[]
  attempt(words: string, work: () => Promise<void>): Promise<void>
}

function LinkForm({ accounts, chains, signers, attempt }: LinkFormProps) {
  const [account, setAccount] = useState("")
  const [chosen, choose] = useState<string | null>(null)
  const signer = signers.find(each => each.address === chosen) ?? signers[0]
  const known = accounts.find(each => each.account === account)
  const isLinked = (address: string) => known?.addresses.some(each => sameAddress(each, address)) ?? false
  const beside = signers.find(each => isLinked(each.address) && each.address !== signer?.address)
  if (!signer) return null
  const words = addressWords(signer.address, chains)
  return (
    <form class="link-form" onSubmit={event => event.preventDefault()}>
      <label>
        Account{" "}
        <input
          value={account}
          list="known-accounts"
          placeholder="my-book"
          onInput={event => setAccount(event.currentTarget.value)}
        />
      </label>
      <datalist id="known-accounts">
        {accounts.map(each => (
          <option key={each.account} value={each.account} />
        ))}
      </datalist>
      <label>
        Address{" "}
        <select value={signer.address} onChange={event => choose(event.currentTarget.value)}>
          {signers.map(({ address }) => (
            <option key={address} value={address}>
              {addressWords(address, chains)}
            </option>
          ))}
        </select>
      </label>
      <span class="wallet-buttons">
        <button
          type="button"
          class="button"
          disabled={account === "" || known !== undefined}
          onClick={() => attempt(`${account} is open with ${words}.`, () => openAccount(account, signer))}
        >
          Open account
        </button>
        <button
          type="button"
          class="button"
          disabled={!beside || isLinked(signer.address)}
          onClick={() =>
            beside && attempt(`${words} is linked to ${account}.`, () => linkAddress(account, signer, beside))
          }
        >
          Link address
        </button>
        <button
          type="button"
          class="button"
          disabled={!isLinked(signer.address)}
          onClick={() =>
            attempt(`${words} is no longer linked to ${account}.`, () => unlinkAddress(account, signer.address, signer))
          }
        >
          Unlink address
        </button>
      </span>
    </form>
  )
}

function addressWords(address: string, chains: readonly ChainStateView[]): string {
  const at = address.lastIndexOf(":")
  const holder = address.slice(at + 1)
  return `${chainName(address.slice(0, at), chains)} ${holder.slice(0, 6)}…${holder.slice(-4)}`
}

/** EVM addresses are written with and without their checksum. */
const sameAddress = (a: string, b: string): boolean =>
  a.startsWith("eip155:") ? a.toLowerCase() === b.toLowerCase() : a === b
