/**
 * One account opened: the load line with its figures, why it stands there, and what it is made of.
 */
import { lazy, Suspense } from "preact/compat"
import { useMemo } from "preact/hooks"
import type { AttestationView } from "../../routes/attestation-schemas.js"
import type { Margin } from "../../routes/margin-schemas.js"
import { chainName } from "../chain-name.js"
import { clockTime } from "../display-time.js"
import { type HealthPoint, joinedHistory } from "../health-history.js"
import { DETAIL_FRAME } from "../load-line-geometry.js"
import { STATUS_MEANING } from "../status-words.js"
import { useAttestedHistory } from "../use-page-state.js"
import { ACCOUNT_COLUMNS, detailId } from "./account-row.js"
import { ChainEquity } from "./chain-equity.js"
import { Contributions } from "./contributions.js"
import { CopyButton } from "./copy-button.js"
import { FiguresList } from "./figures-list.js"
import { Holdings } from "./holdings.js"
import { gaugeWords, LoadLineGauge } from "./load-line-gauge.js"
import { Reasons } from "./reasons.js"
import { RiskUnits } from "./risk-units.js"

const HealthOverTime = lazy(() => import("./health-over-time.js").then(module => module.HealthOverTime))
const Alerts = lazy(() => import("./alerts.js").then(module => module.Alerts))
const Analysis = lazy(() => import("./analysis.js").then(module => module.Analysis))

interface AccountDetailProps {
  readonly margin: Margin
  /** Streamed since the page was opened. */
  readonly points: readonly HealthPoint[]
  readonly attestation: AttestationView | null
}

export function AccountDetail({ margin, points, attestation }: AccountDetailProps) {
  const { account, status, reasons, figures, components, chains, addresses, asOf, policy, epoch } = margin
  const attested = useAttestedHistory(account)
  const history = useMemo(() => joinedHistory(attested, points), [attested, points])
  return (
    <tr class="account-detail" id={detailId(account)}>
      <td colSpan={ACCOUNT_COLUMNS.length}>
        <div class="detail">
          <div class="detail-top">
            <figure class="detail-gauge">
              <LoadLineGauge account={margin} frame={DETAIL_FRAME} lettered />
              <figcaption>
                {sentence(gaugeWords(figures))} {sentence(STATUS_MEANING[status])}
                {figures && <GaugeLegend />}
              </figcaption>
            </figure>
            <FiguresList figures={figures} />
          </div>
          <Reasons reasons={reasons} chains={chains} />
          <Suspense fallback={null}>
            <HealthOverTime account={account} points={history} />
          </Suspense>
          <ChainEquity components={components} chains={chains} />
          <Suspense fallback={<p class="empty">Fetching the analysis …</p>}>
            <Analysis account={account} attestation={attestation} chains={chains} />
          </Suspense>
          <Contributions components={components} />
          <Holdings addresses={addresses} components={components} chains={chains} />
          <RiskUnits units={components.units} />
          <Suspense fallback={null}>
            <Alerts account={account} addresses={addresses} chains={chains} />
          </Suspense>
          <section class="detail-section">
            <h3>Addresses</h3>
            <ul class="addresses">
              {addresses.map(address => (
                <li key={address}>
                  <Holder address={address} chains={chains} />
                </li>
              ))}
            </ul>
            <p class="provenance">
              Policy {policy.name} v{policy.version} · oldest input {clockTime(asOf)} ·{" "}
              {epoch === null ? "not attested yet" : `last attested in epoch ${epoch}`}
            </p>
          </section>
        </div>
      </td>
    </tr>
  )
}

/** The letters on the ladder. */
function GaugeLegend() {
  return (
    <span class="gauge-legend">
      <b>M</b> and disc: maintenance margin · <b>L</b>: a liquidation ends · <b>I</b>: initial margin
    </span>
  )
}

/** A CAIP-10 address: its chain by name, the rest whole. */
function Holder({ address, chains }: { address: string } & Pick<Margin, "chains">) {
  const at = address.lastIndexOf(":")
  return (
    <>
      <span class="holder-chain">{chainName(address.slice(0, at), chains)}</span>
      <code title={address}>{address.slice(at + 1)}</code>
      <CopyButton value={address} name={`address ${address}`} />
    </>
  )
}

const sentence = (words: string): string => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`
