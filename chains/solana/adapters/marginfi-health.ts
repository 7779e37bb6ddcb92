/**
 * The program's own values of an account beside those recomputed from its balances, at the program's own prices.
 * The program keeps them from its last check only, so they can be compared as long as nothing has changed since.
 */
import { DECIMALS, type Usd, usd } from "../../../aggregator/domain/fixed.js"
import type { NativeFigure } from "../../../aggregator/domain/leg.js"
import { type I80F48, i80f48, ONE, over, plus, times, wholeI80F48, ZERO } from "../i80f48.js"
import { type AccountState, chargesPremium, VENUE } from "./marginfi-account.js"
import type { MarginfiAccount, MarginfiBalance, MarginfiBank } from "./marginfi-layout.js"

const OPERATIONAL = 1

interface PricedBalance {
  readonly balance: MarginfiBalance
  readonly bank: MarginfiBank
  /** US dollars per token. */
  readonly price: I80F48
}

/** None where something has changed since the check, or was weighted by more than its bank's weights. */
export function healthFigures(key: string, { account, banks }: AccountState): readonly NativeFigure[] {
  const { health } = account
  if (!health.isComputed || isChanged(account)) return []
  const priced = account.balances.flatMap((balance, index): PricedBalance[] => {
    const read = banks.get(balance.bank)
    const price = priceOf(health.prices[index])
    return read?.status === "ok" && price !== undefined ? [{ balance, bank: read.value.bank, price }] : []
  })
  if (priced.length < account.balances.length || !priced.every(one => isComparable(one, health.time))) return []
  const figure = (name: string, native: I80F48, recomputed: I80F48): NativeFigure => ({
    venue: VENUE,
    name: `${name} of ${key}`,
    native: dollars(native),
    recomputed: dollars(recomputed),
  })
  return [
    figure("assetValue", health.assetValue, plus(ZERO, ...priced.map(assetValue))),
    figure("liabilityValue", health.liabilityValue, plus(ZERO, ...priced.map(liabilityValue))),
  ]
}

const isChanged = ({ health, balances, lastUpdate }: MarginfiAccount): boolean =>
  lastUpdate > health.time || balances.some(balance => balance.lastUpdate > health.time)

/** The bank is as it was at the check, and nothing but its own weights applied there. */
function isComparable({ balance, bank }: PricedBalance, checked: bigint): boolean {
  if (bank.lastUpdate > checked || bank.state !== OPERATIONAL) return false
  return balance.liabilityShares >= ONE ? !bank.hasEMode && !chargesPremium(bank) : bank.valueLimit === 0n
}

const assetValue = ({ balance, bank, price }: PricedBalance): I80F48 =>
  weighted(times(balance.assetShares, bank.assetShareValue), bank, bank.assetWeight, price)

const liabilityValue = ({ balance, bank, price }: PricedBalance): I80F48 =>
  weighted(times(balance.liabilityShares, bank.liabilityShareValue), bank, bank.liabilityWeight, price)

/** In the order of the program's own operations: weight, price, decimals. */
const weighted = (amount: I80F48, { decimals }: MarginfiBank, weight: I80F48, price: I80F48): I80F48 =>
  over(times(times(amount, weight), price), wholeI80F48(10n ** BigInt(decimals)))

/** The program keeps its prices as doubles, so a recomputed value may differ in the 16th digit. */
function priceOf(kept: number | undefined): I80F48 | undefined {
  const scaled = Math.trunc((kept ?? Number.NaN) * Number(ONE))
  return Number.isFinite(scaled) && scaled >= 0 ? i80f48(BigInt(scaled)) : undefined
}

const dollars = (value: I80F48): Usd => usd((value * 10n ** BigInt(DECIMALS)) / ONE)
