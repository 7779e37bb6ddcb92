/**
 * A Perp Curie trader's numbers as legs: signs, roundings and what fails closed, worked out by hand.
 */
import { parseEther } from "viem"
import { describe, expect, it } from "vitest"
import { chainId } from "../../../../../aggregator/domain/caip.js"
import { type Listing, legsOf, nativeFigures } from "../../../../../chains/evm/adapters/perp-curie-account.js"
import type { Position, Trader, Venue } from "../../../../../chains/evm/adapters/perp-curie-queries.js"

const CHAIN = chainId("eip155:1")
const at = (digit: string) => `0x${digit.repeat(40)}` as const
const [USDC, WETH, VETH, HOLDER] = [at("1"), at("2"), at("3"), at("4")]
const ether = parseEther

const listing: Listing = {
  chain: CHAIN,
  clearingHouse: at("9"),
  underlyingOf: token => (token === VETH ? "ETH" : undefined),
  assetOf: (token, decimals) => {
    if (token === USDC && decimals === 6) return { address: USDC, symbol: "USDC", decimals }
    return token === WETH ? { address: WETH, symbol: "ETH", decimals } : undefined
  },
}
const venue: Venue = {
  vault: at("a"),
  exchange: at("b"),
  orderBook: at("c"),
  accountBalance: at("d"),
  collateralManager: at("e"),
  settlementToken: USDC,
  decimals: 6,
  imRatio: 100_000n,
  mmRatio: 62_500n,
}
const long: Position = {
  baseToken: VETH,
  market: { state: "open", price: ether("3000") },
  size: ether("2"),
  openNotional: -ether("5800"),
  pendingFunding: ether("7"),
  base: ether("2"),
  quote: -ether("5800"),
  hasOrders: false,
}
const trader = (positions: readonly Position[], balance = 1_000_000_000n): Trader => ({
  standing: { balance, owedRealizedPnl: 0n, pendingFee: 0n, baseTokens: [], collateralTokens: [] },
  positions,
  deposits: [],
  totals: { accountValue: 0n, freeCollateral: 0n, marginRequirement: 0n },
})
const legs = (of: Trader) => legsOf(listing, venue, HOLDER, of)

describe("legs of a trader", () => {
  it("puts what is unrealised and what funding takes on the position, and the vault's balance beside it", () => {
    expect(legs(trader([long]))).toEqual({
      faults: [],
      legs: [
        {
          kind: "perp",
          chain: CHAIN,
          venue: "perp-curie",
          instrument: { kind: "perpetual", underlying: "ETH" },
          quantity: ether("2"),
          unsettled: ether("193"),
          positionId: `${CHAIN}/perp:${at("9")}/${VETH}/${HOLDER}`,
        },
        expect.objectContaining({ kind: "collateral", symbol: "USDC", amount: ether("1000") }),
      ],
    })
  })

  it("rounds a short's value away from the account: the protocol cuts off in its favour", () => {
    const short = {
      ...long,
      size: -1n,
      openNotional: 0n,
      pendingFunding: 0n,
      market: { state: "open", price: 5n },
    } as const
    expect(legs(trader([short])).legs[0]).toMatchObject({ quantity: -1n, unsettled: -1n })
  })

  it("owes what the vault's balance, losses realised and fees come to below zero", () => {
    const { legs: held } = legs({
      ...trader([]),
      standing: { ...trader([]).standing, balance: -3n, owedRealizedPnl: -5n, pendingFee: 2n },
    })
    expect(held).toMatchObject([{ kind: "debt", amount: 3n * 10n ** 12n + 3n }])
  })

  it.each([
    ["liquidity", { hasOrders: true }],
    ["liquidity that nets to nothing", { hasOrders: true, size: 0n }],
    ["a paused market", { market: { state: "paused", price: ether("3000") } }],
    ["a market nobody configured", { baseToken: at("5") }],
  ] as const)("fails closed for %s", (_, change) => {
    const { legs: held, faults } = legs(trader([{ ...long, ...change }]))
    expect(held.map(({ kind }) => kind)).toEqual(["collateral"])
    expect(faults).toMatchObject([{ code: "UNSUPPORTED_POSITION", unknown: "position" }])
  })

  it("counts a closed market's payout and what a position of no size left behind as cash", () => {
    const closed = { ...long, market: { state: "closed", price: ether("2900") } } as const
    const dust = { ...long, size: 0n, openNotional: 5n, pendingFunding: 0n }
    expect(legs(trader([closed, dust])).legs).toMatchObject([
      { kind: "collateral", amount: ether("1000") + 2n * ether("2900") - ether("5800") - ether("7") + 5n },
    ])
  })

  it("lists deposits by amount, rounded down below 18 decimals, and never an unknown one", () => {
    const deposit = { token: WETH, decimals: 20, balance: 199n, price: 1n, priceDecimals: 0, ratio: 1_000_000n }
    const of = (deposits: Trader["deposits"]) => legs({ ...trader([], 0n), deposits })
    expect(of([deposit]).legs).toMatchObject([{ kind: "collateral", symbol: "ETH", amount: 1n }])
    expect(of([{ ...deposit, token: at("6") }])).toMatchObject({ legs: [], faults: [{ unknown: "asset" }] })
    expect(of([{ ...deposit, balance: -1n }])).toMatchObject({ legs: [], faults: [{ unknown: "liability" }] })
  })
})

describe("the protocol's totals, recomputed", () => {
  it("follows the account value, free collateral and margin requirement of a long by hand", () => {
    const recomputed = nativeFigures(venue, trader([long])).map(figure => figure.recomputed)
    // 1000 − 7 + 2·3000 − 5800; min(993, 1193) − 10 % of 5800; 6.25 % of 6000.
    expect(recomputed).toEqual([ether("1193"), ether("413"), ether("375")])
  })

  it("rounds the account value down to the vault's decimals also below zero", () => {
    const broke = trader([{ ...long, openNotional: -ether("9000") - 1n }], 0n)
    expect(nativeFigures(venue, broke)[0]?.recomputed).toBe(-ether("3007") - 10n ** 12n)
    expect(nativeFigures(venue, broke)[1]?.recomputed).toBe(0n)
  })

  it("values deposits at the protocol's price and ratio, tokens beyond 18 decimals included", () => {
    const deposit = { token: WETH, balance: 10n ** 20n, decimals: 20, price: 123n, priceDecimals: 1, ratio: 850_000n }
    const of = { ...trader([], 0n), deposits: [deposit] }
    expect(nativeFigures(venue, of)[0]?.recomputed).toBe(ether("10.455"))
    const eighteen = { ...of, deposits: [{ ...deposit, decimals: 18, balance: 10n ** 18n }] }
    expect(nativeFigures(venue, eighteen)[0]?.recomputed).toBe(ether("10.455"))
  })
})
