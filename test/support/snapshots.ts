/**
 * Hand-made snapshots for tests of the pipeline: one chain, one account, a market that quotes what is asked for.
 */
import { assetId, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price, quantity, ratio, usd } from "../../aggregator/domain/fixed.js"
import { parseInstrument } from "../../aggregator/domain/instrument.js"
import type { CollateralLeg, DebtLeg, Leg, OptionLeg, PerpLeg } from "../../aggregator/domain/leg.js"
import type { EvmPin } from "../../aggregator/domain/pin.js"
import type { AccountSnapshot, MarketPrice, Snapshot } from "../../aggregator/domain/snapshot.js"

export const CHAIN = chainId("eip155:1337")
/** 2026-11-01 00:00 UTC. */
export const NOW = 1_793_491_200

export const pinAt = (timestamp: number, finality: EvmPin["finality"] = "finalized"): EvmPin => ({
  kind: "evm",
  chain: CHAIN,
  blockNumber: 100n,
  blockHash: `0x${"ab".repeat(32)}`,
  timestamp,
  finality,
  inputGrade: "single",
})

export const priced = (symbol: string, at: string, confidence = "0"): MarketPrice => ({
  status: "ok",
  symbol,
  price: price(parseDecimal(at)),
  confidence: price(parseDecimal(confidence)),
  publishTime: NOW,
  sources: ["test"],
  rejected: [],
})

const placed = (symbol: string) => ({ chain: CHAIN, venue: "wallet", asset: assetId(`${CHAIN}/slip44:60`), symbol })

export const collateral = (symbol: string, amount: string): CollateralLeg => ({
  kind: "collateral",
  ...placed(symbol),
  amount: quantity(parseDecimal(amount)),
})

export const debt = (symbol: string, amount: string): DebtLeg => ({
  kind: "debt",
  ...placed(symbol),
  amount: quantity(parseDecimal(amount)),
})

export function option(name: string, amount: string): OptionLeg {
  const instrument = parseInstrument(name)
  if (instrument.kind !== "option") throw new TypeError(`${name} is no option`)
  return {
    kind: "option",
    chain: CHAIN,
    venue: "wallet",
    instrument,
    quantity: quantity(parseDecimal(amount)),
    positionId: name + amount,
    state: "active",
  }
}

export function perp(underlying: string, amount: string, unsettled = "0"): PerpLeg {
  return {
    kind: "perp",
    chain: CHAIN,
    venue: "wallet",
    instrument: { kind: "perpetual", underlying },
    quantity: quantity(parseDecimal(amount)),
    unsettled: usd(parseDecimal(unsettled)),
    positionId: `${underlying}-PERP${amount}`,
  }
}

export const accountOf = (legs: readonly Leg[], also: Partial<AccountSnapshot> = {}): AccountSnapshot => ({
  id: "book",
  addresses: [],
  legs,
  faults: [],
  unread: [],
  native: [],
  ...also,
})

/** ETH at 3,000, BTC at 90,000, USDC at 1; every option of the legs at 80 % volatility. */
export function snapshotOf(legs: readonly Leg[], also: Partial<Snapshot> = {}): Snapshot {
  const options = legs.filter((leg): leg is OptionLeg => leg.kind === "option")
  return {
    valuationTime: NOW,
    chains: [{ status: "ok", chain: CHAIN, pin: pinAt(NOW), faults: [] }],
    accounts: [accountOf(legs)],
    observations: [],
    lastPrices: [],
    prices: [priced("ETH", "3000"), priced("BTC", "90000"), priced("USDC", "1")],
    quotes: options.map(({ instrument, venue }) => ({
      instrument,
      venue,
      volatility: ratio(parseDecimal("0.8")),
      rate: ratio(parseDecimal("0.05")),
    })),
    ...also,
  }
}
