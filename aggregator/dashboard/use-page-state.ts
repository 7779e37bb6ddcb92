/**
 * The hooks that tie the page to the outside: the stream, the clock and the address bar.
 */
import { useEffect, useReducer, useState } from "preact/hooks"
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
