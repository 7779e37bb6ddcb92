/**
 * From a snapshot to portfolios: assets down, debts up, and accounts whose liabilities are not fully known blocked.
 */
import { type ChainId, splitAddress } from "../domain/caip.js"
import { UnsupportedByPolicyError } from "../domain/errors.js"
import { divide, ONE, quantity, ratio, usd, valueUp } from "../domain/fixed.js"
import type { StatusReason, ValuedCollateral, ValuedDebt } from "../domain/health.js"
import { type Instrument, instrumentName } from "../domain/instrument.js"
import type { CollateralLeg, DebtLeg, PositionLeg } from "../domain/leg.js"
import type { HeldCollateral } from "../domain/margin-book.js"
import type { MarginPolicy } from "../domain/policy.js"
import type { AccountSnapshot, MarketPrice, Snapshot } from "../domain/snapshot.js"
import { Surroundings, valueCollateral } from "./collateral-haircuts.js"
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

const NO_BLOCKS: readonly Block[] = []

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
  const debtLegs: DebtLeg[] = []
  const positions: PositionLeg[] = []
  for (const leg of account.legs)
    if (leg.kind === "collateral") collateralLegs.push(leg)
    else if (leg.kind === "debt") debtLegs.push(leg)
    else positions.push(leg)
  const collateral = valueCollateral(collateralLegs, around)
  const debts = debtLegs.map(leg => valueDebt(leg, around))
  return {
    id: account.id,
    collateral,
    scanned: scannedCollateral(collateral, around),
    debts: debts.filter((each): each is ValuedDebt => !("status" in each)),
    positions,
    blocked: [
      ...debts.filter((each): each is Block => "status" in each),
      ...positions.flatMap(blocksOf),
      ...unknownLiabilities(account),
      ...staleLiabilities(account, around),
    ],
    reasons: [...unknownAssets(account), ...worthless(collateral, around)],
    asOf: oldestPin(account, around),
  }
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
  if (methodology.kind !== "scenarios") return []
  return collateral.flatMap(({ leg, price, collateralValue }): HeldCollateral[] => {
    if (price === null || !methodology.collateral.has(leg.symbol)) return []
    const amount = quantity(divide(collateralValue * ONE, price, "down"))
    return [{ symbol: leg.symbol, amount, price, confidence: ratio(ONE) }]
  })
}

/** Asks about each instrument at a venue once: what has nothing lacking in one book lacks nothing in the next. */
function whatBlocks(market: Market, around: Surroundings): (leg: PositionLeg) => readonly Block[] {
  const margined = new Map<Instrument, string>()
  return leg => {
    if (margined.get(leg.instrument) === leg.venue) return NO_BLOCKS
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
  if (account.unread.length + account.faults.length === 0) return NO_BLOCKS
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

function staleLiabilities(account: AccountSnapshot, { policy, valuationTime, chains }: Surroundings): Block[] {
  const ageOf = (chain: ChainId) => {
    const state = chains.get(chain)
    return state?.status === "ok" ? valuationTime - state.pin.timestamp : 0
  }
  const owing = new Set<ChainId>()
  for (const { kind, chain } of account.legs) if (kind !== "collateral") owing.add(chain)
  return [...owing].flatMap((chain): Block[] => {
    const age = ageOf(chain)
    if (age <= policy.liabilityMaxAge) return []
    return [
      {
        status: "STALE",
        code: "CHAIN_STALE",
        chain,
        detail: `read at a block ${age} s old, ${policy.liabilityMaxAge} s allowed`,
      },
    ]
  })
}

function unknownAssets(account: AccountSnapshot): readonly StatusReason[] {
  if (account.unread.length + account.faults.length === 0) return NO_BLOCKS
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
  return collateral
    .filter(({ leg }) => leg.amount > 0n)
    .flatMap(({ leg, price: at }): StatusReason[] => {
      if (at === null) return [{ chain: leg.chain, ...missingPrice(leg.symbol, prices.get(leg.symbol)) }]
      if (hasCollateralRule(leg.symbol, policy)) return []
      return [
        {
          code: "NOT_COLLATERAL",
          chain: leg.chain,
          detail: `policy ${policy.name} gives ${leg.symbol} no collateral value`,
        },
      ]
    })
}

function missingPrice(symbol: string, priced: MarketPrice | undefined): { code: string; detail: string } {
  const rejected = priced?.rejected ?? []
  const why = rejected.map(each => `${each.source} ${each.code}: ${each.detail}`).join("; ")
  return { code: rejected[0]?.code ?? "PRICE_MISSING", detail: `no usable price for ${symbol}${why && ` (${why})`}` }
}

function oldestPin(account: AccountSnapshot, { chains, valuationTime }: Surroundings): number {
  const unread = new Set(account.unread.map(each => splitAddress(each.address).chain))
  const times = account.addresses
    .map(each => splitAddress(each).chain)
    .filter(chain => !unread.has(chain))
    .flatMap(chain => {
      const state = chains.get(chain)
      return state?.status === "ok" ? [state.pin.timestamp] : []
    })
  return Math.min(valuationTime, ...times)
}
