/**
 * An account as a thread keeps it: what was copied from thread to thread has a text and an instrument of its own at every
 * leg, most of which are the same.
 */
import { sharedInstrument } from "../domain/instrument.js"
import { isPosition, type Leg, type PositionLeg } from "../domain/leg.js"
import type { AccountSnapshot } from "../domain/snapshot.js"

/** Names that many legs share are kept once; a position's id, which no margin depends on, is left out. */
export function slimmer(): (account: AccountSnapshot) => AccountSnapshot {
  const names = new Map<string, string>()
  const one = <T extends string>(name: T): T => {
    const known = names.get(name)
    if (known !== undefined) return known as T
    names.set(name, name)
    return name
  }
  const slim = (leg: Leg): Leg => {
    const place = { chain: one(leg.chain), venue: one(leg.venue) }
    if (!isPosition(leg))
      return { ...leg, ...place, kind: one(leg.kind), asset: one(leg.asset), symbol: one(leg.symbol) }
    const state = leg.kind === "option" && { state: one(leg.state) }
    // A spread loses which kind of position has which instrument; each keeps its own.
    const instrument = sharedInstrument(leg.instrument)
    return { ...leg, ...place, ...state, kind: one(leg.kind), instrument, positionId: "" } as PositionLeg
  }
  return account => ({ ...account, legs: account.legs.map(slim), native: [] })
}
