/**
 * ERC-4626 vault shares, counted as what they redeem for at the pinned block: never more than the vault would pay out now.
 *
 *   shares   the holder's, as far as `maxRedeem` lets them out
 *   amount   the lower of `convertToAssets` (without fees) and `previewRedeem` (after fees), both rounded down
 */
import { type Address as Holder, parseAbi } from "viem"
import { z } from "zod"
import { addressOn, type ChainId } from "../../../aggregator/domain/caip.js"
import { minOf, quantityFromRaw } from "../../../aggregator/domain/fixed.js"
import type { CollateralLeg } from "../../../aggregator/domain/leg.js"
import type { AddressReading, LegFault } from "../../../aggregator/domain/reading.js"
import type { ReadSteps } from "../../adapter.js"
import { defineEvmAdapter, type EvmAsset, type EvmCall, type EvmCallResult, type EvmChainFacts } from "../adapter.js"
import { evmAddress } from "../address.js"
import { assetIdOf } from "../asset-id.js"
import type { Decoded } from "../decoded.js"
import { type Answer, checked, gather, type Query, ReadRound } from "../read-round.js"
import { tokenAmount } from "../token-amount.js"
import { viewsOf } from "../views.js"

const VENUE = "erc4626"

const ask = viewsOf(
  parseAbi([
    "function asset() view returns (address)",
    "function balanceOf(address owner) view returns (uint256)",
    "function maxRedeem(address owner) view returns (uint256)",
    "function convertToAssets(uint256 shares) view returns (uint256)",
    "function previewRedeem(uint256 shares) view returns (uint256)",
  ]),
)

export const erc4626 = defineEvmAdapter({
  name: VENUE,
  assetsOnly: true,
  settings: z.strictObject({
    /** Vaults whose underlying asset is among the chain's assets. */
    vaults: z.array(evmAddress).min(1),
  }),
  counts: ({ vaults }) => vaults,
  create: ({ vaults }, facts) => ({ venue: VENUE, read: holders => readVaults(facts, vaults, holders) }),
})

/** What one holder has of one vault. */
interface Holding {
  readonly vault: Holder
  readonly holder: Holder
  readonly asset: Answer<Holder>
  readonly shares: Answer<bigint>
}

function* readVaults(
  facts: EvmChainFacts,
  vaults: readonly Holder[],
  holders: readonly Holder[],
): ReadSteps<EvmCall, EvmCallResult> {
  const balanceRound = new ReadRound()
  const assets = vaults.map(vault => ({ vault, asset: balanceRound.add(ask("asset", vault)) }))
  const holdings = holders.flatMap(holder =>
    assets.map(({ vault, asset }): Holding => {
      return { vault, holder, asset, shares: balanceRound.add(amount(ask("balanceOf", vault, holder))) }
    }),
  )
  yield* balanceRound.ask()

  const limitRound = new ReadRound()
  const limited = holdings.filter(isOpen).map(holding => {
    return { ...holding, limit: limitRound.add(ask("maxRedeem", holding.vault, holding.holder)) }
  })
  yield* limitRound.ask()

  const valueRound = new ReadRound()
  const valued = limited.map(({ limit, ...holding }) => {
    const redeemable = gather(need => minOf(need(holding.shares), need(limit)))
    return { ...holding, redeemable, value: addValue(valueRound, holding.vault, redeemable) }
  })
  yield* valueRound.ask()

  const outcomes = new Map<Holder, Outcome[]>(holders.map(holder => [holder, []]))
  for (const holding of valued) outcomes.get(holding.holder)?.push(outcomeOf(facts, holding))
  return {
    addresses: holders.flatMap(holder => readingOf(facts.chain, holder, outcomes.get(holder) ?? [])),
    prices: [],
    quotes: [],
    faults: [],
    receipts: vaults.map(vault => assetIdOf(facts.chain, { address: vault })),
  }
}

/** Holds shares, or may. */
function isOpen({ shares }: Holding): boolean {
  const held = shares()
  return held.status === "fault" || held.value > 0n
}

const amount = (query: Query<bigint>) => checked(query, tokenAmount)

/** What so many shares redeem for; shares that are not known are worth what their own fault says. */
function addValue(round: ReadRound, vault: Holder, shares: Decoded<bigint>): Answer<bigint> {
  if (shares.status === "fault") return () => shares
  const converted = round.add(amount(ask("convertToAssets", vault, shares.value)))
  const previewed = round.add(amount(ask("previewRedeem", vault, shares.value)))
  return () => gather(need => minOf(need(converted), need(previewed)))
}

interface Valued extends Holding {
  readonly redeemable: Decoded<bigint>
  readonly value: Answer<bigint>
}

interface Outcome {
  readonly legs: readonly CollateralLeg[]
  readonly faults: readonly LegFault[]
}

function outcomeOf({ chain, assets }: EvmChainFacts, { vault, asset, shares, redeemable, value }: Valued): Outcome {
  const read = gather(need => ({ underlying: need(asset), held: need(shares), worth: need(value) }))
  if (read.status === "fault") return { legs: [], faults: [fault(read.code, read.detail)] }
  const { underlying, held, worth } = read.value
  const listed = assets.find(({ address }) => address === underlying)
  if (!listed) {
    const detail = `${underlying} of vault ${vault} is not among the assets of this chain`
    return { legs: [], faults: [fault("UNSUPPORTED_POSITION", detail)] }
  }
  const locked = redeemable.status === "ok" ? held - redeemable.value : 0n
  return { legs: legOf(chain, listed, worth), faults: locked > 0n ? [lockedFault(vault, locked, held)] : [] }
}

function legOf(chain: ChainId, listed: EvmAsset, worth: bigint): CollateralLeg[] {
  const quantity = quantityFromRaw(worth, listed.decimals, "down")
  if (quantity === 0n) return []
  const { symbol } = listed
  return [{ kind: "collateral", chain, venue: VENUE, asset: assetIdOf(chain, listed), symbol, amount: quantity }]
}

const lockedFault = (vault: Holder, locked: bigint, held: bigint) =>
  fault("UNSUPPORTED_POSITION", `vault ${vault} would not redeem ${locked} of ${held} shares now`)

const fault = (code: LegFault["code"], detail: string): LegFault => ({ code, venue: VENUE, unknown: "asset", detail })

function readingOf(chain: ChainId, holder: Holder, outcomes: readonly Outcome[]): AddressReading[] {
  const [legs, faults] = [outcomes.flatMap(each => each.legs), outcomes.flatMap(each => each.faults)]
  if (legs.length + faults.length === 0) return []
  return [{ address: addressOn(chain, holder), legs, faults, native: [] }]
}
