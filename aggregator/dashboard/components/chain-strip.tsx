/**
 * Each chain the figures rest on: how far it was read, how old that is, and why not if it was not.
 */
import type { ChainStateView } from "../../routes/schemas.js"
import { groupDigits } from "../display-decimal.js"
import { displayAge } from "../display-time.js"

export function ChainStrip({ chains }: { chains: readonly ChainStateView[] }) {
  return (
    <section class="strip" aria-labelledby="chains-heading">
      <h2 id="chains-heading">Chains</h2>
      <ul class="chains">
        {chains.map(state => (
          <li key={state.chain} class="chain" data-chain={state.chain} data-status={state.status}>
            <p class="chain-name">
              <ChainLight status={state.status} />
              <strong title={state.chain}>{state.name}</strong>
              <span class="chain-status">{state.status}</span>
            </p>
            <ChainFreshness state={state} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Height, age, finality and input grade in one line; the reason where there is one. */
export function ChainFreshness({ state }: { state: ChainStateView }) {
  const { height, blockHash, age, finality, inputGrade, reason } = state
  return (
    <p class="freshness">
      {height !== null && (
        <span title={blockHash ?? undefined}>
          {state.chain.startsWith("solana:") ? "slot" : "block"} <span class="figure">{groupDigits(height)}</span>
        </span>
      )}
      {age !== null && <span>{displayAge(age)} behind</span>}
      {finality !== null && <span>{finality}</span>}
      {inputGrade !== null && <span title="how many independent sources confirm this chain's state">{inputGrade}</span>}
      {reason !== null && <span class="reason-text">{reason}</span>}
    </p>
  )
}

export function ChainLight({ status }: Pick<ChainStateView, "status">) {
  return (
    <svg class="chain-light" data-status={status} viewBox="0 0 10 10" aria-hidden="true">
      {status === "ok" ? <circle cx="5" cy="5" r="4" /> : <path d="M1.5 1.5l7 7m0-7l-7 7" />}
    </svg>
  )
}
