/**
 * From a snapshot to portfolios: assets down, debts up, and accounts whose liabilities are not fully known blocked.
 */
import { type ChainId, splitAddress } from "../domain/caip.js"
import { UnsupportedByPolicyError } from "../domain/errors.js"
import { divide, ONE, quantity, usd, valueUp } from "../domain/fixed.js"
import type { StatusReason, ValuedCollateral, ValuedDebt } from "../domain/health.js"
import { type Instrument, instrumentName } from "../domain/instrument.js"
import type { CollateralLeg, DebtLeg, PositionLeg } from "../domain/leg.js"
import type { HeldCollateral } from "../domain/margin-book.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { AccountSnapshot, MarketPrice, Snapshot } from "../domain/snapshot.js"
import { Surroundings, valueCollateral, WHOLE } from "./collateral-haircuts.js"
import { type Market, marketOf } from "./market.js"
import { hasCollateralRule, lackingParameters, liabilityHaircut } from "./policy-scope.js"

export interface Portfolio {
  readonly id: string
  readonly collateral: readonly ValuedCollateral[]
  readonly debts: readonly ValuedDebt[]
  /** Collateral that the methodology's scenarios move, with the amount that its haircuts leave. */
  readonly scanned: readonly HeldCollateral[]
  readonly positions: readonly PositionLeg[]
  /** Why no number may be published; empty for an account that can be margined. */
  readonly blocked: readonly Block[]
  /** What was left out of the numbers, always to the account's disadvantage. */
  readonly reasons: readonly StatusReason[]
  /** Unix seconds of the oldest pin used. */
  readonly asOf: number
}

/** `STALE`: known but too old; `UNAVAILABLE`: not known. */
export interface Block extends StatusReason {
  readonly status: "STALE" | "UNAVAILABLE"
}

/** Applies the policy's haircuts to an account. Exact integers, pure; accounts do not influence each other. */
export type ApplyHaircuts = (account: AccountSnapshot) => Portfolio

export function haircutsOf(snapshot: Omit<Snapshot, "accounts">, policy: MarginPolicy): ApplyHaircuts {
  const around = new Surroundings(snapshot, policy)
  const blocksOf = whatBlocks(marketOf(snapshot), around)
  return account => portfolioOf(account, around, blocksOf)
}

function portfolioOf(
  account: AccountSnapshot,
  around: Surroundings,
  blocksOf: (leg: PositionLeg) => readonly Block[],
): Portfolio {
  const collateralLegs: CollateralLeg[] = []
  const debts: ValuedDebt[] = []
  const positions: PositionLeg[] = []
  const blockedDebts: Block[] = []
  const blockedPositions: Block[] = []
  for (const leg of account.legs) {
    if (leg.kind === "collateral") collateralLegs.push(leg)
    else if (leg.kind === "debt") {
      const valued = valueDebt(leg, around)
      if ("status" in valued) blockedDebts.push(valued)
      else debts.push(valued)
    } else {
      positions.push(leg)
      for (const block of blocksOf(leg)) blockedPositions.push(block)
    }
  }
  const collateral = valueCollateral(collateralLegs, around)
  return {
    id: account.id,
    collateral,
    scanned: scannedCollateral(collateral, around),
    debts,
    positions,
    blocked: together(blockedDebts, blockedPositions, unknownLiabilities(account), staleLiabilities(account, around)),
    reasons: together(unknownAssets(account), worthless(collateral, around)),
    asOf: oldestPin(account, around),
  }
}

const NONE: readonly never[] = []

/** Nearly always nothing, of which there is one. */
function together<T>(...lists: readonly (readonly T[])[]): readonly T[] {
  let all: readonly T[] = NONE
  for (const list of lists) if (list.length > 0) all = all.length === 0 ? list : [...all, ...list]
  return all
}

function valueDebt(leg: DebtLeg, around: Surroundings): ValuedDebt | Block {
  const haircut = liabilityHaircut(leg.symbol, around.policy)
  const priced = around.prices.get(leg.symbol)
  if (haircut === undefined) {
    const error = new UnsupportedByPolicyError(around.policy.name, `debt in ${leg.symbol}`)
    return { status: "UNAVAILABLE", code: error.code, chain: leg.chain, detail: error.message }
  }
  if (priced?.status !== "ok") return { status: "UNAVAILABLE", chain: leg.chain, ...missingPrice(leg.symbol, priced) }
  const marketValue = valueUp(leg.amount, priced.price)
  const confidence = usd(divide(leg.amount * priced.confidence, ONE, "up"))
  const widened = usd(marketValue + confidence)
  const liability = usd(divide(widened * haircut, ONE, "up"))
  const steps = [
    { name: "confidence", amount: confidence },
    { name: "liability", amount: liability },
  ] as const
  return {
    leg,
    price: priced.price,
    marketValue,
    haircuts: steps.filter(step => step.amount > 0n),
    liabilityValue: usd(widened + liability),
  }
}

/** What haircuts leave of each piece, as an amount: the scan moves no more than counts. Rounded down. */
function scannedCollateral(collateral: readonly ValuedCollateral[], { policy }: Surroundings): HeldCollateral[] {
  const { methodology } = policy
  const scanned: HeldCollateral[] = []
  if (methodology.kind !== "scenarios") return scanned
  for (const { leg, price, collateralValue } of collateral) {
    if (price === null || !methodology.collateral.has(leg.symbol)) continue
    const amount = quantity(divide(collateralValue * ONE, price, "down"))
    scanned.push({ symbol: leg.symbol, amount, price, confidence: WHOLE })
  }
  return scanned
}

/** Asks about each instrument at a venue once: what has nothing lacking in one book lacks nothing in the next. */
function whatBlocks(market: Market, around: Surroundings): (leg: PositionLeg) => readonly Block[] {
  const margined = new Map<Instrument, string>()
  return leg => {
    if (margined.get(leg.instrument) === leg.venue) return NONE
    const blocks = unmargined(leg, market, around)
    if (blocks.length === 0) margined.set(leg.instrument, leg.venue)
    return blocks
  }
}

function unmargined(leg: PositionLeg, market: Market, { policy, prices }: Surroundings): Block[] {
  const { underlying } = leg.instrument
  const name = instrumentName(leg.instrument)
  const block = (code: string, detail: string): Block[] => [{ status: "UNAVAILABLE", code, chain: leg.chain, detail }]
  const lacking = lackingParameters(leg.instrument, policy)
  if (lacking) return block(lacking.code, lacking.message)
  const priced = prices.get(underlying)
  if (priced?.status !== "ok") return [{ status: "UNAVAILABLE", chain: leg.chain, ...missingPrice(underlying, priced) }]
  const expired = "expiry" in leg.instrument && leg.instrument.expiry <= market.valuationTime
  if (leg.kind === "option" && !expired && market.volatility(leg) === undefined)
    return block("VOLATILITY_MISSING", `${leg.venue} quotes no volatility for ${name}`)
  return []
}

/** A chain that was not read blocks an account unless it was last seen to hold assets only there. */
function unknownLiabilities(account: AccountSnapshot): readonly Block[] {
  if (account.unread.length + account.faults.length === 0) return NONE
  const unread = account.unread
    .filter(each => each.lastSeen !== "assets")
    .map(
      (each): Block => ({
        status: "UNAVAILABLE",
        code: "CHAIN_UNAVAILABLE",
        chain: splitAddress(each.address).chain,
        detail:
          each.lastSeen === "never"
            ? "never read: debts and positions there are unknown"
            : "debts or positions there cannot be read",
      }),
    )
  const faulty = account.faults
    .filter(fault => fault.unknown !== "asset")
    .map(
      (fault): Block => ({
        status: "UNAVAILABLE",
        code: fault.code,
        chain: null,
        detail: `${fault.venue}: ${fault.detail}`,
      }),
    )
  return [...unread, ...faulty]
}

function staleLiabilities({ legs }: AccountSnapshot, { tooOld, policy }: Surroundings): readonly Block[] {
  if (tooOld.size === 0) return NONE
  const owing = new Set<ChainId>()
  for (const { kind, chain } of legs) if (kind !== "collateral" && tooOld.has(chain)) owing.add(chain)
  return [...owing].map(chain => ({
    status: "STALE",
    code: "CHAIN_STALE",
    chain,
    detail: `read at a block ${tooOld.get(chain)} s old, ${policy.liabilityMaxAge} s allowed`,
  }))
}

function unknownAssets(account: AccountSnapshot): readonly StatusReason[] {
  if (account.unread.length + account.faults.length === 0) return NONE
  const unread = account.unread
    .filter(each => each.lastSeen === "assets")
    .map(each => ({
      code: "CHAIN_UNAVAILABLE",
      chain: splitAddress(each.address).chain,
      detail: "its collateral counts 0",
    }))
  const faulty = account.faults
    .filter(fault => fault.unknown === "asset")
    .map(fault => ({ code: fault.code, chain: null, detail: `${fault.venue}: ${fault.detail}` }))
  return [...unread, ...faulty]
}

function worthless(collateral: readonly ValuedCollateral[], { policy, prices }: Surroundings): StatusReason[] {
  const reasons: StatusReason[] = []
  for (const { leg, price: at } of collateral) {
    if (leg.amount === 0n) continue
    const { chain, symbol } = leg
    if (at === null) reasons.push({ chain, ...missingPrice(symbol, prices.get(symbol)) })
    else if (!hasCollateralRule(symbol, policy)) {
      const detail = `policy ${policy.name} gives ${symbol} no collateral value`
      reasons.push({ code: "NOT_COLLATERAL", chain, detail })
    }
  }
  return reasons
}

function missingPrice(symbol: string, priced: MarketPrice | undefined): { code: string; detail: string } {
  const rejected = priced?.rejected ?? []
  const why = rejected.map(each => `${each.source} ${each.code}: ${each.detail}`).join("; ")
  return { code: rejected[0]?.code ?? "PRICE_MISSING", detail: `no usable price for ${symbol}${why && ` (${why})`}` }
}

function oldestPin({ addresses, unread }: AccountSnapshot, { pinTimes, valuationTime }: Surroundings): number {
  let oldest = valuationTime
  for (const address of addresses) {
    const { chain } = splitAddress(address)
    if (unread.some(each => splitAddress(each.address).chain === chain)) continue
    oldest = Math.min(oldest, pinTimes.get(chain) ?? valuationTime)
  }
  return oldest
}
