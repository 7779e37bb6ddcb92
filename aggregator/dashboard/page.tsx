/**
 * The page from top to bottom: who we are and how fresh, the market, the chains, the accounts, what was attested.
 */
import { lazy, Suspense } from "preact/compat"
import { Accounts } from "./components/accounts.js"
import { AttestationPanel } from "./components/attestation-panel.js"
import { ChainStrip } from "./components/chain-strip.js"
import { connectionWords, Masthead } from "./components/masthead.js"
import { PriceStrip } from "./components/price-strip.js"
import { Skeleton } from "./components/skeleton.js"
import { freshnessOf } from "./freshness.js"
import { useAccountApart, useClock, useOpenAccount, usePageState } from "./use-page-state.js"

const WalletPanel = lazy(() => import("./components/wallet-panel.js").then(module => module.WalletPanel))

export function Page({ streamUrl }: { streamUrl: string }) {
  const state = usePageState(streamUrl)
  const openAccount = useOpenAccount()
  const now = useClock()
  const freshness = freshnessOf(state, now)
  const { overview, history, announcement } = state
  const apart = useAccountApart(openAccount, overview)
  const accounts = [...(apart ? [apart] : []), ...(overview?.accounts ?? [])]
  return (
    <>
      <Masthead freshness={freshness} />
      <main class={freshness.current ? "page" : "page page-old"} aria-busy={overview === null}>
        {overview === null ? (
          <Skeleton connection={freshness.connection} />
        ) : (
          <>
            {!freshness.current && <p class="notice">{connectionWords(freshness, overview.valuationTime)}</p>}
            <div class="strips">
              <PriceStrip prices={overview.prices} />
              <ChainStrip chains={overview.chains} />
            </div>
            <Accounts
              accounts={accounts}
              accountCount={overview.accountCount}
              statusCounts={overview.statusCounts}
              history={history}
              openAccount={openAccount}
              unknown={apart === null}
              attestation={overview.attestation}
            />
            <AttestationPanel attestation={overview.attestation} />
            <Suspense fallback={null}>
              <WalletPanel accounts={overview.accounts} chains={overview.chains} />
            </Suspense>
          </>
        )}
      </main>
      <footer class="footer">
        <p>
          The service computes these figures; what you suppose is computed here, by the Wasm it attested to. Text is
          rounded toward danger: point at a figure for all its digits.
        </p>
        <nav aria-label="Interface">
          <a href="/v1/accounts">Accounts as JSON</a> <a href="/openapi.json">OpenAPI</a>
        </nav>
      </footer>
      <p class="hidden" aria-live="polite" data-announcement>
        {announcement}
      </p>
    </>
  )
}
