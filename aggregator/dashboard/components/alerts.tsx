/**
 * Alerts of one account: webhooks that its owner opens, sees, tests and closes by signing.
 */
import { useState } from "preact/hooks"
import type { Margin } from "../../routes/margin-schemas.js"
import type { OwnedTerms, OwnedWebhook } from "../../routes/webhook-schemas.js"
import { alertsOf, closeAlert, openAlert, testAlert } from "../wallets/alerts.js"
import { sameAddress } from "../wallets/signed-request.js"
import { useWallets } from "../wallets/use-wallets.js"
import { type Signer, signersOf } from "../wallets/wallet.js"
import { type Attempt, OutcomeLine, useAttempt } from "./attempt.js"
import { ConnectButtons } from "./connect-buttons.js"
import { CopyButton } from "./copy-button.js"

type AlertsProps = Pick<Margin, "account" | "addresses" | "chains">

export function Alerts({ account, addresses, chains }: AlertsProps) {
  const { attempt, outcome } = useAttempt()
  const { connected } = useWallets()
  const signer = signersOf(connected, chains).find(each => addresses.some(linked => sameAddress(linked, each.address)))
  return (
    <section class="detail-section alerts">
      <h3>Alerts</h3>
      <p class="section-note">
        Messages to a URL of yours when status or health changes; each step is signed by an address of this account.
      </p>
      {connected.length === 0 && <ConnectButtons attempt={attempt} />}
      {connected.length > 0 && !signer && <p class="empty">No address of your wallets is linked to this account.</p>}
      {signer && <Webhooks account={account} signer={signer} attempt={attempt} />}
      <OutcomeLine outcome={outcome} />
    </section>
  )
}

interface WebhooksProps {
  readonly account: string
  readonly signer: Signer
  readonly attempt: Attempt
}

function Webhooks({ account, signer, attempt }: WebhooksProps) {
  const [secret, setSecret] = useState<string | null>(null)
  /** `null` until the owner asked to see them. */
  const [webhooks, setWebhooks] = useState<readonly OwnedWebhook[] | null>(null)
  const open = (terms: OwnedTerms) =>
    attempt("The alert is open. Keep its secret: it is shown this once.", async () => {
      const { secret: made, ...webhook } = await openAlert(account, terms, signer)
      setSecret(made)
      setWebhooks(before => [...(before ?? []), webhook])
    })
  const show = () =>
    attempt("These are the alerts of this account.", async () => setWebhooks(await alertsOf(account, signer)))
  const close = (id: string) =>
    attempt("The alert is closed.", async () => {
      await closeAlert(account, id, signer)
      setSecret(null)
      setWebhooks(before => before?.filter(each => each.id !== id) ?? null)
    })
  const test = (id: string) => attempt("A test message is on its way.", () => testAlert(account, id, signer))
  return (
    <>
      <TermsForm open={open} show={show} />
      {secret && (
        <p class="alert-secret">
          Secret: <code>{secret}</code> <CopyButton value={secret} name="secret of the alert" />
        </p>
      )}
      {webhooks?.length === 0 && <p class="empty">No alerts are open.</p>}
      <ul class="alert-list">
        {webhooks?.map(webhook => (
          <li key={webhook.id}>
            <code>{webhook.url}</code> <span>{termsWords(webhook)}</span>{" "}
            <button type="button" class="button" aria-label={`Test ${webhook.url}`} onClick={() => test(webhook.id)}>
              Test
            </button>{" "}
            <button type="button" class="button" aria-label={`Close ${webhook.url}`} onClick={() => close(webhook.id)}>
              Close
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

interface TermsFormProps {
  open(terms: OwnedTerms): void
  show(): void
}

function TermsForm({ open, show }: TermsFormProps) {
  const [url, setUrl] = useState("")
  const [threshold, setThreshold] = useState("")
  const [recovered, setRecovered] = useState("")
  const [statusChange, setStatusChange] = useState(true)
  const submit = (event: Event) => {
    event.preventDefault()
    const healthBelow = threshold === "" ? undefined : { threshold, ...(recovered && { recovered }) }
    open({ url, statusChange, ...(healthBelow && { healthBelow }) })
  }
  return (
    <form class="link-form" onSubmit={submit}>
      <label>
        URL <input type="url" required value={url} onInput={event => setUrl(event.currentTarget.value)} />
      </label>
      <label>
        Health under (USD){" "}
        <input inputMode="decimal" value={threshold} onInput={event => setThreshold(event.currentTarget.value)} />
      </label>
      <label>
        Well again at (USD){" "}
        <input inputMode="decimal" value={recovered} onInput={event => setRecovered(event.currentTarget.value)} />
      </label>
      <label class="alert-status">
        <input
          type="checkbox"
          checked={statusChange}
          onChange={event => setStatusChange(event.currentTarget.checked)}
        />{" "}
        Changes of status
      </label>
      <span class="wallet-buttons">
        <button type="submit" class="button">
          Open alert
        </button>
        <button type="button" class="button" onClick={show}>
          Show alerts
        </button>
      </span>
    </form>
  )
}

function termsWords({ statusChange, healthBelow, pending, failed }: OwnedWebhook): string {
  const occasions = [
    ...(statusChange ? ["status"] : []),
    ...(healthBelow ? [`health under ${healthBelow.threshold}, back at ${healthBelow.recovered} USD`] : []),
  ]
  const deliveries = [...(pending > 0 ? [`${pending} waiting`] : []), ...(failed > 0 ? [`${failed} given up`] : [])]
  return [occasions.join("; "), ...deliveries].join(" · ")
}
