/**
 * Snapshots as chains could answer them: two chains, accounts with every kind of leg and trouble, prices that follow
 * from their observations. For properties that hold whatever was read.
 */
import fc from "fast-check"
import { addressOn, assetId, type ChainId, chainId } from "../../aggregator/domain/caip.js"
import { ONE, price, quantity, ratio, usd } from "../../aggregator/domain/fixed.js"
import type { Leg } from "../../aggregator/domain/leg.js"
import type { PriceRules } from "../../aggregator/domain/policy.js"
import type { LegFault, PriceObservation } from "../../aggregator/domain/reading.js"
import type { AccountSnapshot, ChainState, LastPrice, Snapshot } from "../../aggregator/domain/snapshot.js"
import { combinePrices } from "../../aggregator/pipeline/combine-prices.js"
import { NOW, option } from "./snapshots.js"

const EVM = chainId("eip155:1337")
const SOLANA = chainId("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")
export const RANDOM_SNAPSHOT_CHAINS = [
  { chain: EVM, wormholeChain: 2 },
  { chain: SOLANA, wormholeChain: 1 },
]
const SYMBOLS = ["ETH", "BTC", "USDC"] as const
const PRICES = { ETH: 3_000n, BTC: 90_000n, USDC: 1n }
const OPTIONS = ["ETH-25DEC26-3200-C", "ETH-25DEC26-2800-P", "BTC-25DEC26-95000-C"] as const
const KEYS = [
  "7S3P4HxJpyyigGzodYwHtCxZyUQe9JiBMHyRWXArAaKv",
  "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM",
  "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi",
]

const symbol = fc.constantFrom(...SYMBOLS)
const amount = fc.bigInt({ min: 0n, max: 50n * ONE })
const signed = fc.bigInt({ min: -50n * ONE, max: 50n * ONE }).map(quantity)
const text = fc.string({ unit: "grapheme", maxLength: 12 })

const fault: fc.Arbitrary<LegFault> = fc.record({
  code: fc.constantFrom("CALL_REVERTED", "DECODE", "PRICE_STALE"),
  venue: fc.constantFrom("wallet", "aave-v3"),
  unknown: fc.constantFrom("asset", "asset", "liability"),
  detail: text,
})

const legOn = (chain: ChainId): fc.Arbitrary<Leg> => {
  const held = fc.record({
    chain: fc.constant(chain),
    venue: fc.constantFrom("wallet", "aave-v3"),
    asset: fc.constant(assetId(`${chain}/slip44:60`)),
    symbol,
    amount: amount.map(quantity),
  })
  return fc.oneof(
    { weight: 4, arbitrary: held.map(each => ({ kind: "collateral" as const, ...each })) },
    { weight: 2, arbitrary: held.map(each => ({ kind: "debt" as const, ...each })) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(...OPTIONS), signed, fc.nat())
        .map(([name, size, id]) => ({ ...option(name, "1"), chain, quantity: size, positionId: String(id) })),
    },
  )
}

const accountNumber = (place: number): fc.Arbitrary<AccountSnapshot> => {
  const evm = addressOn(EVM, `0x${(place + 1).toString(16).padStart(40, "0")}`)
  const solana = addressOn(SOLANA, KEYS[place] ?? "")
  return fc.record({
    id: fc.constant(`account-${place}`),
    addresses: fc.constantFrom([evm], [evm, solana], [solana]),
    legs: fc.array(fc.oneof(legOn(EVM), legOn(SOLANA)), { maxLength: 6 }),
    faults: fc.array(fault, { maxLength: 1, size: "small" }),
    unread: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.constantFrom("assets", "never").map(seen => [{ address: evm, lastSeen: seen }] as const),
      },
    ),
    native: fc.array(
      fc.record({
        venue: fc.constant("aave-v3"),
        name: fc.constant("totalDebtBase"),
        native: amount.map(usd),
        recomputed: amount.map(usd),
      }),
      { maxLength: 1 },
    ),
  })
}

const chains: fc.Arbitrary<readonly ChainState[]> = fc
  .tuple(fc.nat(400), fc.nat(400), fc.constantFrom("ok", "ok", "ok", "unavailable"))
  .map(([evmAge, solanaAge, solana]) => [
    {
      status: "ok",
      chain: EVM,
      pin: {
        kind: "evm",
        chain: EVM,
        blockNumber: BigInt(evmAge) + 1n,
        blockHash: `0x${"ab".repeat(32)}`,
        timestamp: NOW - evmAge,
        finality: "finalized",
        inputGrade: "single",
      },
      faults: [],
    },
    solana === "ok"
      ? {
          status: "ok",
          chain: SOLANA,
          pin: {
            kind: "solana",
            chain: SOLANA,
            minSlot: 300n,
            maxSlot: 302n,
            blockHash: KEYS[0] ?? "",
            timestamp: NOW - solanaAge,
            finality: "confirmed",
            inputGrade: "quorum",
          },
          faults: [],
        }
      : { status: "unavailable", chain: SOLANA, code: "RPC_UNAVAILABLE", detail: "no answer" },
  ])

/** Around the usual price, now and then absurd: the rules reject what they should. */
const observation: fc.Arbitrary<PriceObservation> = fc
  .record({
    symbol,
    move: fc.integer({ min: -30, max: 30 }),
    age: fc.nat(100),
    source: fc.constantFrom("pyth", "chainlink"),
  })
  .map(({ symbol, move, age, source }) => ({
    symbol,
    source: `${source}@${EVM}`,
    price: price((PRICES[symbol] * ONE * BigInt(1_000 + move)) / 1_000n),
    confidence: price((PRICES[symbol] * ONE) / 10_000n),
    publishTime: NOW - age,
  }))

const lastPrice: fc.Arbitrary<LastPrice> = symbol.map(each => ({
  symbol: each,
  price: price(PRICES[each] * ONE),
  publishTime: NOW - 120,
}))

/** Snapshots whose `prices` are what `rules` make of what was observed. */
export const randomSnapshots = (rules: PriceRules): fc.Arbitrary<Snapshot> =>
  fc
    .record({
      chains,
      accounts: fc.tuple(accountNumber(0), accountNumber(1), accountNumber(2)),
      observations: fc.array(observation, { minLength: 3, maxLength: 9 }),
      lastPrices: fc.uniqueArray(lastPrice, { selector: each => each.symbol, maxLength: 3 }),
    })
    .map(({ chains, accounts, observations, lastPrices }) => ({
      valuationTime: NOW,
      chains,
      accounts,
      observations,
      lastPrices,
      prices: combinePrices(observations, {
        rules,
        valuationTime: NOW,
        lastAccepted: new Map(lastPrices.map(each => [each.symbol, each])),
      }),
      quotes: OPTIONS.flatMap(name => ["wallet"].map(venue => ({ ...option(name, "1"), venue }))).map(
        ({ instrument, venue }) => ({ instrument, venue, volatility: ratio((8n * ONE) / 10n), rate: ratio(ONE / 20n) }),
      ),
    }))
