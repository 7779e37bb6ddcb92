/**
 * The balances of users in the reserves of an Aave v3 market: scaled amounts × the reserve's index, as the pool counts.
 */
import type { Address as Holder } from "viem"
import type { EvmChainFacts } from "../adapter.js"
import type { Decoded } from "../decoded.js"
import { type Answer, gather, type ReadRound } from "../read-round.js"
import { type Holding, listedAsset, type ReserveUse, rayMul, useOf } from "./aave-v3-account.js"
import type { Reserve } from "./aave-v3-queries.js"
import * as ask from "./aave-v3-queries.js"

export interface User {
  readonly holder: Holder
  /** Two bits a reserve: which ones the user borrows, which ones count as collateral. */
  readonly configuration: bigint
}

/** One reserve that a user uses, or may hold without the pool counting it as collateral. */
export interface HoldingRead {
  readonly use: ReserveUse
  readonly holding: Decoded<Holding>
}

interface Indexes {
  readonly income: Answer<bigint>
  readonly debt: Answer<bigint>
}

/** Nothing to ask: the pool says that the user has none. */
const none: Answer<bigint> = () => ({ status: "ok", value: 0n })

/**
 * Puts all balances into a round. What a user neither borrows nor uses as collateral is asked for only when the chain
 * lists the asset: anything else would count nothing anyway.
 *
 * @returns once the round was asked: the holdings of a user.
 */
export function addHoldings(
  round: ReadRound,
  pool: Holder,
  facts: EvmChainFacts,
  reserves: readonly Reserve[],
  users: readonly User[],
): (user: User) => readonly HoldingRead[] {
  const indexes = new Map<Reserve, Indexes>()
  const indexesOf = (reserve: Reserve): Indexes => {
    const known = indexes.get(reserve)
    if (known) return known
    const { asset } = reserve
    const asked = {
      income: round.add(ask.normalizedIncome(pool, asset)),
      debt: round.add(ask.normalizedDebt(pool, asset)),
    }
    indexes.set(reserve, asked)
    return asked
  }

  const reads = new Map(users.map(user => [user, reserves.flatMap(reserve => addHolding(user, reserve))]))
  return user => (reads.get(user) ?? []).map(({ use, read }) => ({ use, holding: read() }))

  function addHolding({ holder, configuration }: User, reserve: Reserve) {
    const use = useOf(configuration, reserve)
    if (!use.borrowed && !use.collateral && !listedAsset(facts, reserve)) return []
    const { income, debt } = indexesOf(reserve)
    const { asset, aToken, variableDebtToken, stableDebtToken } = reserve
    const supplied = round.add(ask.scaledBalance(`supply of ${asset}`, aToken, holder))
    const variable = use.borrowed
      ? round.add(ask.scaledBalance(`variable debt of ${asset}`, variableDebtToken, holder))
      : none
    const stable = use.borrowed ? round.add(ask.balance(`stable debt of ${asset}`, stableDebtToken, holder)) : none
    const read = () =>
      gather(need => ({
        reserve,
        use,
        supplied: rayMul(need(supplied), need(income)),
        owed: rayMul(need(variable), need(debt)) + need(stable),
      }))
    return [{ use, read }]
  }
}
