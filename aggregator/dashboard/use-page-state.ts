/**
 * The hooks that tie the page to the outside: the stream, the clock and the address bar.
 */
import { useEffect, useReducer, useState } from "preact/hooks"
import type { Margin } from "../routes/margin-schemas.js"
import type { Overview } from "../routes/overview-schemas.js"
import { attestedHistory, type HealthPoint } from "./health-history.js"
import { listenToOverviews } from "./overview-stream.js"
import { nextState, OPENING, type PageState } from "./page-state.js"
import { accountInHash } from "./route.js"

export function usePageState(streamUrl: string): PageState {
  const [state, dispatch] = useReducer(nextState, OPENING)
  useEffect(() => listenToOverviews(streamUrl, dispatch), [streamUrl])
  return state
}

/** The reader's clock in unix seconds, ticking once a second so that ages grow on screen. */
export function useClock(): number {
  const [now, setNow] = useState(Date.now() / 1000)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** What was attested of an account before the page was opened, oldest first; empty until it is known. */
export function useAttestedHistory(account: string): readonly HealthPoint[] {
  const [points, setPoints] = useState<readonly HealthPoint[]>([])
  useEffect(() => {
    const leaving = new AbortController()
    // Without it the chart begins where the stream did, and its label says since when.
    attestedHistory(account, leaving.signal).then(setPoints, () => setPoints([]))
    return () => leaving.abort()
  }, [account])
  return points
}

/** The account that the address bar names, `null` for none. */
export function useOpenAccount(): string | null {
  const [account, setAccount] = useState(accountInHash(location.hash))
  useEffect(() => {
    const follow = () => setAccount(accountInHash(location.hash))
    addEventListener("hashchange", follow)
    return () => removeEventListener("hashchange", follow)
  }, [])
  return account
}

/**
 * The opened account where it is not among those that are streamed; `null` when nobody is called so, `undefined` while that
 * is not known.
 */
export function useAccountApart(account: string | null, overview: Overview | null): Margin | null | undefined {
  const [margin, setMargin] = useState<Margin | null>()
  const apart = account !== null && overview !== null && !overview.accounts.some(each => each.account === account)
  const asked = apart && overview.accountCount > overview.accounts.length
  const valuationTime = overview?.valuationTime
  useEffect(() => setMargin(undefined), [account, asked])
  useEffect(() => {
    if (!asked || valuationTime === undefined) return undefined
    const leaving = new AbortController()
    // Where the service cannot say, what it said before stands until the next reading asks again.
    marginOf(account, leaving.signal).then(setMargin, () => undefined)
    return () => leaving.abort()
  }, [account, asked, valuationTime])
  return asked ? margin : apart ? null : undefined
}

/** `null` when no account is called so. @throws Error when the service cannot say. */
async function marginOf(account: string, signal: AbortSignal): Promise<Margin | null> {
  const response = await fetch(`/v1/accounts/${encodeURIComponent(account)}/margin`, { signal })
  if (response.status === 404) return null
  if (!response.ok) throw new Error(`${account} is not available (${response.status})`)
  return await response.json()
}
