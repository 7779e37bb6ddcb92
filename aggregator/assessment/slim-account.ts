/**
 * An account as a thread keeps it: what was copied from thread to thread has a text and an instrument of its own at every
 * leg, most of which are the same.
 */
import { sharedInstrument } from "../domain/instrument.js"
import type { Leg } from "../domain/leg.js"
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
    const [chain, venue] = [one(leg.chain), one(leg.venue)]
    if (leg.kind === "collateral" || leg.kind === "debt")
      return { kind: one(leg.kind), chain, venue, asset: one(leg.asset), symbol: one(leg.symbol), amount: leg.amount }
    const { quantity } = leg
    if (leg.kind === "option") {
      const instrument = sharedInstrument(leg.instrument)
      return { kind: "option", chain, venue, instrument, quantity, positionId: "", state: one(leg.state) }
    }
    const { unsettled } = leg
    return leg.kind === "perp"
      ? {
          kind: "perp",
          chain,
          venue,
          instrument: sharedInstrument(leg.instrument),
          quantity,
          unsettled,
          positionId: "",
        }
      : {
          kind: "future",
          chain,
          venue,
          instrument: sharedInstrument(leg.instrument),
          quantity,
          unsettled,
          positionId: "",
        }
  }
  return account => ({ ...account, legs: account.legs.map(slim), native: [] })
}
