/**
 * Connect wallets, then open an account, link an address to one, or take one out: each by the owner's signature.
 */
import { useState } from "preact/hooks"
import type { Margin } from "../../routes/margin-schemas.js"
import type { ChainStateView } from "../../routes/schemas.js"
import { chainName } from "../chain-name.js"
import { linkAddress, openAccount, unlinkAddress } from "../wallets/linking.js"
import { sameAddress } from "../wallets/signed-request.js"
import { useWallets } from "../wallets/use-wallets.js"
import { type Signer, signersOf } from "../wallets/wallet.js"
import { type Attempt, OutcomeLine, useAttempt } from "./attempt.js"
import { ConnectButtons } from "./connect-buttons.js"

interface WalletPanelProps {
  readonly accounts: readonly Margin[]
  readonly chains: readonly ChainStateView[]
}

export function WalletPanel({ accounts, chains }: WalletPanelProps) {
  const { connected } = useWallets()
  const { attempt, outcome } = useAttempt()
  const signers = signersOf(connected, chains)
  return (
    <section class="wallets" aria-labelledby="wallets-heading">
      <div class="section-head">
        <h2 id="wallets-heading">Your addresses</h2>
        <p class="section-note">
          Linked by signature: every address names the other side, and no key ever leaves your wallet.
        </p>
      </div>
      <ConnectButtons attempt={attempt} />
      {signers.length > 0 && <LinkForm accounts={accounts} chains={chains} signers={signers} attempt={attempt} />}
      <OutcomeLine outcome={outcome} />
    </section>
  )
}

interface LinkFormProps extends WalletPanelProps {
  readonly signers: readonly Signer[]
  readonly attempt: Attempt
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
