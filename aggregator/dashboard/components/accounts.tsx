/**
 * The fleet: every account in one table, one of them opened in place.
 */
import { ACCOUNT_STATUSES } from "../../domain/health.js"
import type { AttestationView } from "../../routes/attestation-schemas.js"
import type { Margin } from "../../routes/margin-schemas.js"
import type { Overview } from "../../routes/overview-schemas.js"
import type { HealthHistory } from "../health-history.js"
import { CLOSED } from "../route.js"
import { statusWords } from "../status-words.js"
import { AccountDetail } from "./account-detail.js"
import { ACCOUNT_COLUMNS, AccountRow } from "./account-row.js"

interface AccountsProps {
  readonly accounts: readonly Margin[]
  /** Of all accounts, of which `accounts` may be a part. */
  readonly accountCount: number
  readonly statusCounts: Overview["statusCounts"]
  readonly history: HealthHistory
  readonly openAccount: string | null
  /** Nobody is called as the opened account is. */
  readonly unknown: boolean
  readonly attestation: AttestationView | null
}

export function Accounts({
  accounts,
  accountCount,
  statusCounts,
  history,
  openAccount,
  unknown,
  attestation,
}: AccountsProps) {
  return (
    <section class="accounts" aria-labelledby="accounts-heading">
      <div class="section-head">
        <h2 id="accounts-heading">Accounts</h2>
        <p class="section-note">
          The water is the maintenance margin as a share of equity: where it covers the disc, the account may be
          liquidated.
        </p>
        <FleetCount counts={statusCounts} />
      </div>
      {accountCount > accounts.length && (
        <p class="section-note" data-part-shown>
          {accounts.length.toLocaleString("en")} of {accountCount.toLocaleString("en")} accounts are shown, those that
          are not well before others. <a href="/v1/accounts">All of them as JSON</a>
        </p>
      )}
      {unknown && (
        <p class="notice">
          No account is called “{openAccount}”. <a href={CLOSED}>Show all accounts</a>
        </p>
      )}
      {accounts.length === 0 ? (
        <p class="empty">No account is linked yet.</p>
      ) : (
        <table class="account-table">
          <caption class="hidden">Margin health of every account</caption>
          <thead>
            <tr>
              {ACCOUNT_COLUMNS.map(({ label, figure }) => (
                <th key={label} scope="col" class={figure ? "is-figure" : undefined}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {accounts.flatMap(margin => {
              const open = margin.account === openAccount
              const row = (
                <AccountRow
                  key={margin.account}
                  margin={margin}
                  points={history.get(margin.account) ?? []}
                  open={open}
                />
              )
              return open
                ? [
                    row,
                    <AccountDetail
                      key={`${margin.account} detail`}
                      margin={margin}
                      points={history.get(margin.account) ?? []}
                      attestation={attestation}
                    />,
                  ]
                : [row]
            })}
          </tbody>
        </table>
      )}
    </section>
  )
}

/** How many accounts stand on each rung, the worst first. */
function FleetCount({ counts }: { readonly counts: Overview["statusCounts"] }) {
  return (
    <ul class="fleet-count" aria-label="Accounts by status">
      {ACCOUNT_STATUSES.toReversed()
        .filter(status => counts[status] > 0)
        .map(status => (
          <li key={status} data-status={status}>
            <strong>{counts[status]}</strong> {statusWords(status).toLowerCase()}
          </li>
        ))}
    </ul>
  )
}
