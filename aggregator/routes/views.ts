/**
 * From domain values to the JSON of the service: bigints become decimal strings, nothing is computed.
 */
import type { ChainId } from "../domain/caip.js"
import { formatDecimal } from "../domain/decimal.js"
import {
  ACCOUNT_STATUSES,
  type AccountHealth,
  type ChargeLine,
  type HaircutStep,
  type MarginBreakdown,
  type MarginFigures,
  type RiskUnitMargin,
  type ValuedCollateral,
  type ValuedDebt,
  type ValuedPosition,
} from "../domain/health.js"
import type { Delivery } from "../domain/ports.js"
import type { ChainState, MarketPrice } from "../domain/snapshot.js"
import type { Assessment } from "../pipeline/assess-snapshot.js"
import type { LoadedPolicy } from "../policies/load.js"
import type { EpochRecord } from "../store/epoch-archive.js"
import type { MarginBook } from "../store/margin-book.js"
import { accountOf } from "./account-index.js"
import type { AttestationView } from "./attestation-schemas.js"
import type { Margin, Simulation } from "./margin-schemas.js"
import { MOST_SHOWN, type Overview } from "./overview-schemas.js"
import type { ChainStateView } from "./schemas.js"

export interface Presentation {
  readonly policy: LoadedPolicy
  chainName(chain: ChainId): string
}

export function overviewView(book: MarginBook, assessment: Assessment, show: Presentation): Overview {
  return {
    valuationTime: assessment.snapshot.valuationTime,
    accounts: shownOf(assessment.health).map(health => marginView(health, book, assessment, show)),
    accountCount: assessment.health.length,
    statusCounts: statusCounts(assessment.health),
    prices: assessment.snapshot.prices.map(priceView),
    chains: assessment.snapshot.chains.map(state => chainView(state, assessment.snapshot.valuationTime, show)),
    attestation: book.latestEpoch ? attestationView(book.latestEpoch, show) : null,
  }
}

/** As many as are shown, who is not well before others, in the order given. */
function shownOf(health: readonly AccountHealth[]): readonly AccountHealth[] {
  if (health.length <= MOST_SHOWN) return health
  const unwell = health.filter(each => each.status !== "NORMAL").slice(0, MOST_SHOWN)
  const shown = new Set(unwell)
  for (const each of health) {
    if (shown.size === MOST_SHOWN) break
    shown.add(each)
  }
  return health.filter(each => shown.has(each))
}

function statusCounts(health: readonly AccountHealth[]): Overview["statusCounts"] {
  const counts = Object.fromEntries(ACCOUNT_STATUSES.map(each => [each, 0])) as Overview["statusCounts"]
  for (const { status } of health) counts[status]++
  return counts
}

export function marginView(
  health: AccountHealth,
  book: MarginBook,
  assessment: Assessment,
  show: Presentation,
): Margin {
  const { snapshot } = assessment
  const { addresses } = accountOf(assessment, health.id)
  const chains = new Set(addresses.map(each => each.slice(0, each.lastIndexOf(":"))))
  return {
    account: health.id,
    addresses: [...addresses],
    ...simulationView(health, show),
    chains: snapshot.chains
      .filter(each => chains.has(each.chain))
      .map(state => chainView(state, snapshot.valuationTime, show)),
    asOf: health.asOf,
    epoch: book.latestEpoch ? String(book.latestEpoch.attestation.epoch) : null,
  }
}

export function simulationView(health: AccountHealth, { policy }: Presentation): Simulation {
  return {
    status: health.status,
    reasons: health.reasons.map(each => ({ ...each })),
    figures: health.figures && figuresView(health.figures),
    components: componentsView(health.breakdown),
    policy: { name: policy.policy.name, version: policy.policy.version, hash: policy.hash },
  }
}

export const figuresView = (figures: MarginFigures) => ({
  rawEquity: formatDecimal(figures.rawEquity),
  equity: formatDecimal(figures.equity),
  initialMargin: formatDecimal(figures.initialMargin),
  liquidationEndMargin: formatDecimal(figures.liquidationEndMargin),
  maintenanceMargin: formatDecimal(figures.maintenanceMargin),
  health: formatDecimal(figures.health),
  initialHealth: formatDecimal(figures.initialHealth),
  healthFactor: figures.healthFactor === null ? null : formatDecimal(figures.healthFactor),
  marginRatio: figures.marginRatio === null ? null : formatDecimal(figures.marginRatio),
  standaloneMargin: formatDecimal(figures.standaloneMargin),
})

/** Every exact number of a record as a decimal string; `null` stays `null`. */
export function decimalsOf<Figures extends { readonly [name in keyof Figures]: bigint | null }>(
  figures: Figures,
): { [name in keyof Figures]: null extends Figures[name] ? string | null : string } {
  const texts: { [name in keyof Figures]?: string | null } = {}
  for (const name in figures) {
    const value = figures[name]
    texts[name] = value === null ? null : formatDecimal(value)
  }
  // The keys are those of the argument and each text follows its value, which the loop cannot show.
  return texts as { [name in keyof Figures]: null extends Figures[name] ? string | null : string }
}

const componentsView = (breakdown: MarginBreakdown): Simulation["components"] => ({
  collateral: breakdown.collateral.map(collateralView),
  debts: breakdown.debts.map(debtView),
  positions: breakdown.positions.map(positionView),
  units: breakdown.units.map(unitView),
  charges: breakdown.charges.map(chargeView),
})

const haircutView = ({ name, amount }: HaircutStep) => ({ name, amount: formatDecimal(amount) })

const collateralView = ({ leg, price, marketValue, haircuts, collateralValue }: ValuedCollateral) => ({
  chain: leg.chain,
  venue: leg.venue,
  asset: leg.asset,
  symbol: leg.symbol,
  amount: formatDecimal(leg.amount),
  price: price === null ? null : formatDecimal(price),
  marketValue: formatDecimal(marketValue),
  haircuts: haircuts.map(haircutView),
  collateralValue: formatDecimal(collateralValue),
})

const debtView = ({ leg, price, marketValue, haircuts, liabilityValue }: ValuedDebt) => ({
  chain: leg.chain,
  venue: leg.venue,
  asset: leg.asset,
  symbol: leg.symbol,
  amount: formatDecimal(leg.amount),
  price: formatDecimal(price),
  marketValue: formatDecimal(marketValue),
  haircuts: haircuts.map(haircutView),
  liabilityValue: formatDecimal(liabilityValue),
})

const positionView = (held: ValuedPosition) => ({
  chain: held.leg.chain,
  venue: held.leg.venue,
  instrument: held.instrument,
  quantity: formatDecimal(held.quantity),
  state: held.leg.kind === "option" ? held.leg.state : ("active" as const),
  mark: formatDecimal(held.mark),
  markToMarket: formatDecimal(held.markToMarket),
  worstScenarioLoss: formatDecimal(held.worstScenarioLoss),
  standaloneMargin: formatDecimal(held.standaloneMargin),
})

const chargeView = ({ name, unit, subject, amounts }: ChargeLine) => ({
  name,
  unit,
  subject,
  maintenance: formatDecimal(amounts.maintenance),
  liquidationEnd: formatDecimal(amounts.liquidationEnd),
  initial: formatDecimal(amounts.initial),
})

export const unitView = (unit: RiskUnitMargin) => ({
  underlying: unit.underlying,
  scanningRisk: formatDecimal(unit.scanningRisk),
  worstScenario: unit.worstScenario,
  collateralLoss: formatDecimal(unit.collateralLoss),
  otherLoss: formatDecimal(unit.otherLoss),
  basisLoss: formatDecimal(unit.basisLoss),
  parts: unit.parts.map(({ name, rule, loss }) => ({ name, rule, loss: formatDecimal(loss) })),
  shortOptionMinimum: formatDecimal(unit.shortOptionMinimum),
  lotRemainder: formatDecimal(unit.lotRemainder),
  requirement: formatDecimal(unit.requirement),
})

export function attestationView(
  { attestation, publication, deliveries }: EpochRecord,
  show: Presentation,
): AttestationView {
  const { header } = attestation
  return {
    epoch: String(attestation.epoch),
    root: attestation.root,
    timestamp: attestation.timestamp,
    validity: attestation.validity,
    inputGrade: attestation.inputGrade,
    wasmHash: header.wasmHash,
    policyHash: header.policyHash,
    snapshotHash: header.snapshotHash,
    leafCount: header.leafCount,
    publication: publication && {
      chain: publication.chain,
      transaction: publication.transaction,
      sequence: String(publication.sequence),
    },
    deliveries: deliveries.map(each => deliveryView(each, show)),
  }
}

function deliveryView({ chain, status, transaction, gasUsed, fee, reason }: Delivery, show: Presentation) {
  return {
    chain,
    name: show.chainName(chain),
    status,
    transaction,
    gasUsed: gasUsed === null ? null : String(gasUsed),
    fee: fee === null ? null : String(fee),
    reason,
  }
}

export function chainView(state: ChainState, valuationTime: number, show: Presentation): ChainStateView {
  const name = show.chainName(state.chain)
  if (state.status === "unavailable") {
    const reason = `${state.code}: ${state.detail}`
    return {
      chain: state.chain,
      name,
      status: "unavailable",
      height: null,
      blockHash: null,
      time: null,
      age: null,
      finality: null,
      inputGrade: null,
      reason,
    }
  }
  const { pin, faults, dissents = [] } = state
  const troubles = [
    ...faults.map(({ venue, code, detail }) => `${venue} ${code}: ${detail}`),
    ...dissents.map(({ endpoint, code, detail }) => `${endpoint} ${code}: ${detail}`),
  ]
  return {
    chain: state.chain,
    name,
    status: "ok",
    height: String(pin.kind === "evm" ? pin.blockNumber : pin.minSlot),
    blockHash: pin.blockHash,
    time: pin.timestamp,
    age: Math.max(0, valuationTime - pin.timestamp),
    finality: pin.finality,
    inputGrade: pin.inputGrade,
    reason: troubles.join("; ") || null,
  }
}

function priceView(each: MarketPrice): Overview["prices"][number] {
  const reason = each.rejected.map(source => `${source.source} ${source.code}: ${source.detail}`).join("; ") || null
  return { symbol: each.symbol, price: each.status === "ok" ? formatDecimal(each.price) : null, reason }
}
