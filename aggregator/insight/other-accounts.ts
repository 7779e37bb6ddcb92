/**
 * Everybody else in a snapshot as one account: weights that fall with what all deposit and borrow look at the sum only.
 */
import { type Quantity, quantity } from "../domain/fixed.js"
import type { CollateralLeg, DebtLeg } from "../domain/leg.js"
import type { AccountSnapshot, Snapshot } from "../domain/snapshot.js"

type Amounts = ReadonlyMap<string, CollateralLeg | DebtLeg>

/** What one snapshot holds in sum, kept as long as the snapshot: an account's question only takes its own off. */
const totals = new WeakMap<Snapshot, Amounts>()

/** An account with the collateral and debts of all but `account`, one leg a symbol and side. */
export function othersOf(snapshot: Snapshot, account: AccountSnapshot): AccountSnapshot {
  const all = totals.get(snapshot) ?? summed(snapshot.accounts)
  totals.set(snapshot, all)
  const own = summed([account])
  const legs = [...all].flatMap(([key, leg]) => {
    const amount = quantity(leg.amount - (own.get(key)?.amount ?? 0n))
    return amount > 0n ? [{ ...leg, amount }] : []
  })
  return { id: `others than ${account.id}`, addresses: [], legs, faults: [], unread: [], native: [] }
}

function summed(accounts: readonly AccountSnapshot[]): Amounts {
  const sums = new Map<string, CollateralLeg | DebtLeg>()
  for (const { legs } of accounts) {
    for (const leg of legs) {
      if (leg.kind !== "collateral" && leg.kind !== "debt") continue
      const key = `${leg.kind} ${leg.symbol}`
      const before: Quantity | undefined = sums.get(key)?.amount
      sums.set(key, { ...leg, amount: quantity((before ?? 0n) + leg.amount) })
    }
  }
  return sums
}
