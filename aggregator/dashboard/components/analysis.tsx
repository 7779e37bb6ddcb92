/**
 * What the page works out by itself about one account, from what was attested: what if, across prices, price × volatility.
 * A chunk of its own, fetched when an account is opened.
 */
import { useMemo, useState } from "preact/hooks"
import type { AccountCase } from "../../insight/account-case.js"
import { whatIf } from "../../insight/what-if.js"
import type { AttestationView } from "../../routes/attestation-schemas.js"
import type { ChainStateView } from "../../routes/schemas.js"
import type { Evidence } from "../analysis/evidence.js"
import { changeOf, parametersOf, symbolsOf } from "../analysis/supposition.js"
import { useCase, useEvidence, useSettled, useSupposition } from "../analysis/use-analysis.js"
import { chainName } from "../chain-name.js"
import { HealthCurve } from "./health-curve.js"
import { ShockHeatmap } from "./shock-heatmap.js"
import { WhatIfPanel } from "./what-if.js"

interface AnalysisProps {
  readonly account: string
  readonly attestation: AttestationView | null
  readonly chains: readonly ChainStateView[]
}

export function Analysis({ account, attestation, chains }: AnalysisProps) {
  const loading = useEvidence(attestation)
  return (
    <section class="detail-section analysis" data-analysis={loading.status}>
      <div class="chain-head">
        <h3>What if</h3>
        <p class="freshness">computed in this browser by the attested Wasm, without asking the service</p>
      </div>
      {attestation === null && <p class="empty">Nothing has been attested yet.</p>}
      {loading.status === "loading" && attestation !== null && <p class="empty">Fetching what was attested …</p>}
      {loading.status === "failed" && <p class="reason-text">{loading.why}</p>}
      {loading.status === "ready" && <Analysed account={account} evidence={loading.evidence} chains={chains} />}
    </section>
  )
}

interface AnalysedProps extends Pick<AnalysisProps, "account" | "chains"> {
  readonly evidence: Evidence
}

function Analysed({ account, evidence, chains }: AnalysedProps) {
  const asked = useCase(evidence, account)
  const [supposed, suppose] = useSupposition(account)
  const [chosen, choose] = useState<string | null>(null)
  // The pictures run over prices by themselves; everything else that is supposed holds in them too.
  const besides = { ...supposed, prices: new Map() }
  const settled = useSettled(besides, parametersOf(besides).toString())
  const pictured = useMemo(() => asked && whatIf(asked, changeOf(settled, asked)), [asked, settled])
  if (!asked || !pictured) return <p class="empty">Epoch {evidence.epoch} did not know this account.</p>
  const symbols = symbolsOf(asked)
  const symbol = symbols.find(each => each === chosen) ?? mostExposed(asked, symbols)
  return (
    <>
      <WhatIfPanel asked={asked} supposed={supposed} suppose={suppose} chainName={chain => chainName(chain, chains)} />
      {symbol !== undefined && (
        <div class="across">
          <p class="across-head">
            <label>
              Across prices of{" "}
              <select value={symbol} onChange={event => choose(event.currentTarget.value)}>
                {symbols.map(each => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            </label>
          </p>
          <HealthCurve asked={pictured} symbol={symbol} />
          <ShockHeatmap asked={pictured} symbol={symbol} />
        </div>
      )}
    </>
  )
}

/** What the account has positions on, or else its first symbol. */
const mostExposed = (asked: AccountCase, symbols: readonly string[]): string | undefined => {
  const underlyings = new Set(asked.snapshot.quotes.map(each => each.instrument.underlying))
  return symbols.find(each => underlyings.has(each)) ?? symbols[0]
}
