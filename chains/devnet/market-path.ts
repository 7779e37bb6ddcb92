/**
 * The devnet's market: a scripted path with a little seeded noise, the same on every run.
 * It rises until a short call is worth more than its collateral bears, falls back, and begins again.
 */
import { type Price, price } from "../../aggregator/domain/fixed.js"
import { FEED_SYMBOLS, type FeedSymbol, type PushedPrice } from "./evm/price-feeds.js"

/** Seconds into the cycle and the factor on the opening price there; straight lines between. */
const WAYPOINTS: Readonly<Record<FeedSymbol, readonly (readonly [second: number, factor: number])[]>> = {
  ETH: [
    [0, 1],
    [30, 0.985],
    [90, 1.08],
    [150, 1.1],
    [210, 0.93],
    [270, 0.97],
    [300, 1],
  ],
  BTC: [
    [0, 1],
    [90, 1.04],
    [210, 0.97],
    [300, 1],
  ],
  SOL: [
    [0, 1],
    [60, 0.97],
    [150, 1.09],
    [240, 0.92],
    [300, 1],
  ],
  USDC: [
    [0, 1],
    [300, 1],
  ],
}

const OPENING: Readonly<Record<FeedSymbol, number>> = { ETH: 3_000, BTC: 90_000, SOL: 150, USDC: 1 }
/** Width of the noise and of the sources' confidence, relative to the price. */
const NOISE: Readonly<Record<FeedSymbol, number>> = { ETH: 0.002, BTC: 0.0015, SOL: 0.003, USDC: 0.0001 }
const CONFIDENCE = 0.0005
const CYCLE_SECONDS = 300

/** Prices so many seconds after the market opened. */
export function pricesAt(seconds: number): Record<FeedSymbol, PushedPrice> {
  const quote = (symbol: FeedSymbol) => {
    const noise = seconds === 0 ? 0 : NOISE[symbol] * wave(seconds, symbol)
    const cents = Math.round(OPENING[symbol] * factorAt(symbol, seconds % CYCLE_SECONDS) * (1 + noise) * 1e6)
    return { price: dollars(cents), confidence: dollars(Math.ceil(cents * CONFIDENCE)) }
  }
  return Object.fromEntries(FEED_SYMBOLS.map(symbol => [symbol, quote(symbol)])) as Record<FeedSymbol, PushedPrice>
}

function factorAt(symbol: FeedSymbol, second: number): number {
  const points = WAYPOINTS[symbol]
  const next = points.findIndex(([at]) => at > second)
  const [to, until] = points[next] ?? [CYCLE_SECONDS, 1]
  const [from, since] = points[next - 1] ?? [0, 1]
  return since + ((until - since) * (second - from)) / (to - from)
}

/** Between −1 and 1, smooth and never quite periodic. */
const wave = (seconds: number, symbol: FeedSymbol): number =>
  (Math.sin(seconds / 7 + symbol.length) + Math.sin(seconds / 3.1 + OPENING[symbol])) / 2

/** Millionths of a dollar at 18 decimals. */
const dollars = (millionths: number): Price => price(BigInt(millionths) * 10n ** 12n)
