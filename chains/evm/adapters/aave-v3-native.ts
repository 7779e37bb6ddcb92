/**
 * The market's own totals of its users beside those recomputed from their holdings, at the market's own prices.
 * The two have to agree to the last unit: nothing else checks the reading of a position so well.
 */
import { type Address as Holder, zeroAddress } from "viem"
import type { NativeFigure } from "../../../aggregator/domain/leg.js"
import type { Decoded } from "../decoded.js"
import { type Answer, gather, type ReadRound } from "../read-round.js"
import type { Holding } from "./aave-v3-account.js"
import { accountDataOf, nativeFigures, type Terms } from "./aave-v3-account-data.js"
import type { User } from "./aave-v3-holdings.js"
import type { AccountData, EModeCategory, Reserve } from "./aave-v3-queries.js"
import * as ask from "./aave-v3-queries.js"

/** E-mode categories are 1 to 255; 0 is none. */
const NO_CATEGORY = 0

interface UserTotals {
  readonly data: Answer<AccountData>
  readonly eMode: Answer<number>
}

export class NativeTotals {
  readonly #pool: Holder
  readonly #oracle: Answer<Holder>
  readonly #users: ReadonlyMap<Holder, UserTotals>
  #baseCurrency: Answer<Holder> = notAsked
  #baseUnit: Answer<bigint> = notAsked
  readonly #prices = new Map<Holder, Answer<bigint>>()
  readonly #categories = new Map<number, Answer<EModeCategory>>()
  readonly #categoryPrices = new Map<number, Answer<bigint>>()

  /** First round: the totals, and the oracle they are computed with. */
  constructor(round: ReadRound, pool: Holder, addressesProvider: Holder, users: readonly User[]) {
    this.#pool = pool
    this.#oracle = round.add(ask.priceOracle(addressesProvider))
    const totals = (user: Holder) => ({
      data: round.add(ask.userAccountData(pool, user)),
      eMode: round.add(ask.userEMode(pool, user)),
    })
    const active = users.filter(({ configuration }) => configuration !== 0n)
    this.#users = new Map(active.map(({ holder }) => [holder, totals(holder)]))
  }

  /** Second round: what the oracle says of the reserves, and the terms of the users' e-mode categories. */
  addPrices(round: ReadRound, reserves: readonly Reserve[]): void {
    const oracle = this.#oracle()
    if (oracle.status === "fault") return
    this.#baseCurrency = round.add(ask.baseCurrency(oracle.value))
    this.#baseUnit = round.add(ask.baseCurrencyUnit(oracle.value))
    for (const { asset } of reserves) this.#prices.set(asset, round.add(ask.assetPrice(oracle.value, asset)))
    for (const { eMode } of this.#users.values()) {
      const category = eMode()
      if (category.status === "fault" || category.value === NO_CATEGORY) continue
      if (this.#categories.has(category.value)) continue
      this.#categories.set(category.value, round.add(ask.eModeCategory(this.#pool, category.value)))
    }
  }

  /** Third round, mostly empty: the categories that have a price of their own. */
  addCategoryPrices(round: ReadRound): void {
    const oracle = this.#oracle()
    if (oracle.status === "fault") return
    for (const [category, answer] of this.#categories) {
      const terms = answer()
      if (terms.status === "fault" || terms.value.priceSource === zeroAddress) continue
      this.#categoryPrices.set(category, round.add(ask.assetPrice(oracle.value, terms.value.priceSource)))
    }
  }

  /** The figures of one user, all of whose holdings in use are given; none for one who uses nothing. */
  figures({ holder }: User, holdings: readonly Holding[]): Decoded<readonly NativeFigure[]> {
    const totals = this.#users.get(holder)
    if (!totals) return { status: "ok", value: [] }
    const base = this.#baseCurrency()
    if (base.status === "ok" && base.value !== zeroAddress) return notInDollars(base.value)
    return gather(need => {
      need(this.#oracle)
      need(this.#baseCurrency)
      const category = need(totals.eMode)
      const answer = this.#categories.get(category)
      const eMode = answer && need(answer)
      const eModePrice =
        eMode && eMode.priceSource !== zeroAddress ? need(this.#categoryPrices.get(category) ?? notAsked) : 0n
      const termsOf = (reserve: Reserve): Terms => {
        const inEMode = eMode !== undefined && reserve.eModeCategory === category
        const { loanToValue, liquidationThreshold } = inEMode ? eMode : reserve
        const price = inEMode && eModePrice !== 0n ? eModePrice : need(this.#prices.get(reserve.asset) ?? notAsked)
        return { price, loanToValue, liquidationThreshold }
      }
      return nativeFigures(need(totals.data), accountDataOf(holdings, termsOf), need(this.#baseUnit))
    })
  }
}

const notAsked: Answer<never> = () => ({ status: "fault", code: "DECODE", detail: "was not asked" })

const notInDollars = (baseCurrency: Holder): Decoded<never> => ({
  status: "fault",
  code: "UNSUPPORTED_POSITION",
  detail: `the market's totals are in ${baseCurrency}, not in US dollars, and cannot be compared`,
})
