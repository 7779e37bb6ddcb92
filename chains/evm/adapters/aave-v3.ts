/**
 * Aave v3 (3.0): what holders supplied and owe in one market, with interest up to the pinned block's time,
 * and the market's own totals beside those recomputed from the legs.
 */
import type { Address as Holder } from "viem"
import { z } from "zod"
import { type AssetId, addressOn } from "../../../aggregator/domain/caip.js"
import type { Leg } from "../../../aggregator/domain/leg.js"
import type { AddressReading, LegFault } from "../../../aggregator/domain/reading.js"
import type { AdapterReading } from "../../adapter.js"
import { defineEvmAdapter, type EvmCall, type EvmCallResult, type EvmChainFacts } from "../adapter.js"
import { evmAddress } from "../address.js"
import { assetIdOf } from "../asset-id.js"
import type { Decoded } from "../decoded.js"
import { addEach, type Fault, gather, ReadRound, type Separated } from "../read-round.js"
import { type Holding, legsOf, unexplainedUse, VENUE } from "./aave-v3-account.js"
import { addHoldings, type HoldingRead, type User } from "./aave-v3-holdings.js"
import { NativeTotals } from "./aave-v3-native.js"
import * as ask from "./aave-v3-queries.js"

/** Revisions 1 to 3 are Aave 3.0.x; later ones change e-mode, drop stable debt or round differently. */
const LAST_SUPPORTED_REVISION = 3n

type Steps<Value> = Generator<readonly EvmCall[], Value, readonly EvmCallResult[]>

export const aaveV3 = defineEvmAdapter({
  name: VENUE,
  settings: z.strictObject({
    /** The market's pool (proxy). */
    pool: evmAddress,
    /** The market's protocol data provider. The two vouch for each other: one of another market is refused. */
    dataProvider: evmAddress,
  }),
  counts: ({ pool }) => [pool],
  create: (settings, facts) => ({ venue: VENUE, read: holders => readMarket(settings, facts, holders) }),
})

interface Settings {
  readonly pool: Holder
  readonly dataProvider: Holder
}

function* readMarket(settings: Settings, facts: EvmChainFacts, holders: readonly Holder[]): Steps<AdapterReading> {
  const { pool } = settings
  const opened = yield* openMarket(settings, holders)
  // Without the market nobody's debts are known: every holder fails closed.
  if (opened.status === "fault") return reading(holders.map(holder => unreadable(facts, holder, opened)))
  const { addressesProvider, assets, configurations } = opened.value
  const users = configurations.values.map(([holder, configuration]): User => ({ holder, configuration }))

  const reserveRound = new ReadRound()
  const reserveAnswers = addEach(reserveRound, assets, asset => ask.reserve(pool, asset))
  const totals = new NativeTotals(reserveRound, pool, addressesProvider, users)
  yield* reserveRound.ask()
  const market = marketOf(facts, reserveAnswers())

  const balanceRound = new ReadRound()
  const holdingsOf = addHoldings(balanceRound, pool, facts, market.reserves, users)
  totals.addPrices(balanceRound, market.reserves)
  yield* balanceRound.ask()

  const categoryRound = new ReadRound()
  totals.addCategoryPrices(categoryRound)
  yield* categoryRound.ask()

  const positions = users.map(user => positionOf(market, user, holdingsOf(user)))
  const compared = positions.map(position => compare(position, totals))
  const failed = configurations.faults.map(([holder, fault]) => unreadable(facts, holder, fault))
  const found = reading(
    [...compared.map(({ address }) => address), ...failed],
    compared.flatMap(({ faults }) => faults),
  )
  return { ...found, receipts: market.reserves.flatMap(reserve => receiptsOf(facts, reserve)) }
}

/** A wallet shows these as tokens like any other: what was supplied, and even what is owed. */
const receiptsOf = ({ chain }: EvmChainFacts, { aToken, stableDebtToken, variableDebtToken }: ask.Reserve): AssetId[] =>
  [aToken, stableDebtToken, variableDebtToken].map(address => assetIdOf(chain, { address }))

interface OpenedMarket {
  readonly addressesProvider: Holder
  readonly assets: readonly Holder[]
  readonly configurations: Separated<Holder, bigint>
}

/** The first round: which market this is, what it lists and who uses it. */
function* openMarket({ pool, dataProvider }: Settings, holders: readonly Holder[]): Steps<Decoded<OpenedMarket>> {
  const round = new ReadRound()
  const revision = round.add(ask.poolRevision(pool))
  const addressesProvider = round.add(ask.addressesProvider(pool))
  const sameMarket = round.add(ask.addressesProvider(dataProvider))
  const assets = round.add(ask.reservesList(pool))
  const configurations = addEach(round, holders, holder => ask.userConfiguration(pool, holder))
  yield* round.ask()
  const market = gather(need => ({
    isSupported: need(revision) <= LAST_SUPPORTED_REVISION,
    isOne: need(addressesProvider) === need(sameMarket),
    addressesProvider: need(addressesProvider),
    assets: need(assets),
    configurations: configurations(),
  }))
  if (market.status === "ok" && !market.value.isSupported) return UNSUPPORTED_REVISION
  if (market.status === "ok" && !market.value.isOne) return DIFFERENT_MARKETS
  return market
}

interface Market {
  readonly facts: EvmChainFacts
  readonly reserves: readonly ask.Reserve[]
  /** Reserves that did not answer, and with that nobody's share in them. */
  readonly unread: readonly Fault[]
  /** Of these, assets of the chain: anybody may hold them without a trace in the user's configuration. */
  readonly unreadAssets: readonly Fault[]
}

function marketOf(facts: EvmChainFacts, { values, faults }: Separated<Holder, ask.Reserve>): Market {
  const isListed = (asset: Holder) => facts.assets.some(({ address }) => address === asset)
  return {
    facts,
    reserves: values.map(([, reserve]) => reserve),
    unread: faults.map(([, fault]) => fault),
    unreadAssets: faults.filter(([asset]) => isListed(asset)).map(([, fault]) => fault),
  }
}

interface Position {
  readonly address: AddressReading
  readonly user: User
  /** All holdings in use; absent when one of them is not known. */
  readonly complete?: readonly Holding[]
}

function positionOf({ facts, ...market }: Market, user: User, reads: readonly HoldingRead[]): Position {
  const legs: Leg[] = []
  const faults = market.unreadAssets.map(fault => legFault(fault, "asset"))
  for (const { use, holding } of reads) {
    if (holding.status === "fault") faults.push(legFault(holding, use.borrowed ? "liability" : "asset"))
    else {
      const held = legsOf(facts, holding.value)
      legs.push(...held.legs)
      faults.push(...held.faults)
    }
  }
  const elsewhere = unexplainedUse(user.configuration, market.reserves)
  const reason = market.unread[0] ?? UNKNOWN_RESERVE
  if (elsewhere.borrowed) faults.push(legFault(reason, "liability"))
  if (elsewhere.collateral) faults.push(legFault(reason, "asset"))

  const holdings = reads.flatMap(({ holding }) => (holding.status === "ok" ? [holding.value] : []))
  const isComplete = holdings.length === reads.length && !elsewhere.borrowed && !elsewhere.collateral
  const address = { address: addressOn(facts.chain, user.holder), legs, faults, native: [] }
  return { address, user, ...(isComplete && { complete: holdings }) }
}

/** Adds the market's own totals; a position that is not fully known cannot equal them, and its own faults say why. */
function compare({ address, user, complete }: Position, totals: NativeTotals) {
  if (!complete) return { address, faults: [] }
  const native = totals.figures(user, complete)
  if (native.status === "fault") return { address, faults: [legFault(native, "asset")] }
  return { address: { ...address, native: native.value }, faults: [] }
}

/** A holder of whom nothing is known. */
const unreadable = ({ chain }: EvmChainFacts, holder: Holder, fault: Fault): AddressReading => ({
  address: addressOn(chain, holder),
  legs: [],
  faults: [legFault(fault, "liability")],
  native: [],
})

const legFault = ({ code, detail }: Fault, unknown: LegFault["unknown"]): LegFault => ({
  code,
  venue: VENUE,
  unknown,
  detail,
})

/** Leaves out holders with nothing here, and says a fault of the venue once. */
function reading(addresses: readonly AddressReading[], venueFaults: readonly LegFault[] = []): AdapterReading {
  const isEmpty = ({ legs, faults, native }: AddressReading) => legs.length + faults.length + native.length === 0
  return {
    addresses: addresses.filter(address => !isEmpty(address)),
    prices: [],
    quotes: [],
    faults: [...new Map(venueFaults.map(fault => [fault.detail, fault])).values()],
  }
}

const UNSUPPORTED_REVISION: Fault = {
  status: "fault",
  code: "UNSUPPORTED_POSITION",
  detail: `POOL_REVISION is later than ${LAST_SUPPORTED_REVISION}, which this adapter does not know`,
}

const DIFFERENT_MARKETS: Fault = {
  status: "fault",
  code: "UNSUPPORTED_POSITION",
  detail: "pool and dataProvider belong to different markets",
}

const UNKNOWN_RESERVE: Fault = {
  status: "fault",
  code: "UNSUPPORTED_POSITION",
  detail: "the user's configuration names a reserve that the market does not list",
}
