import { beforeAll, describe, expect, it } from "vitest"
import { address, chainId } from "../../../aggregator/domain/caip.js"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { InvalidInputError } from "../../../aggregator/domain/errors.js"
import { price, quantity, ratio } from "../../../aggregator/domain/fixed.js"
import type { Leg } from "../../../aggregator/domain/leg.js"
import type { RiskKernel } from "../../../aggregator/domain/ports.js"
import type { PriceObservation } from "../../../aggregator/domain/reading.js"
import type { Snapshot } from "../../../aggregator/domain/snapshot.js"
import {
  type AccountCase,
  caseOf,
  healthOf,
  standingOf,
  standingOfEach,
} from "../../../aggregator/insight/account-case.js"
import { atTime, withPrices, withVolatilityShifts } from "../../../aggregator/insight/change-market.js"
import { healthCurve, healthSurface } from "../../../aggregator/insight/health-curve.js"
import { makeUnreachable } from "../../../aggregator/insight/make-unreachable.js"
import { whatIf } from "../../../aggregator/insight/what-if.js"
import { shippedKernel } from "../../support/kernel.js"
import { span16 } from "../../support/policies.js"
import { accountOf, CHAIN, collateral, debt, NOW, option, pinAt, priced, snapshotOf } from "../../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const OTHER = chainId("eip155:10")
const CALL = option("ETH-25DEC26-3200-C", "-5")
const LEGS: readonly Leg[] = [CALL, collateral("USDC", "20000"), { ...collateral("ETH", "2"), chain: OTHER }]
const units = (text: string) => quantity(parseDecimal(text))

const twoChains = (legs: readonly Leg[] = LEGS): Snapshot => ({
  ...snapshotOf(legs),
  chains: [
    { status: "ok", chain: CHAIN, pin: pinAt(NOW), faults: [] },
    { status: "ok", chain: OTHER, pin: { ...pinAt(NOW - 100), chain: OTHER }, faults: [] },
  ],
  accounts: [accountOf(legs, { addresses: [address(`${CHAIN}:0x1`), address(`${OTHER}:0x1`)] })],
})
const asked = (legs?: readonly Leg[]): AccountCase => caseOf(twoChains(legs), "book", { policy: span16, kernel })

describe("a chain made unreachable", () => {
  it("takes assets along and leaves the account its status", () => {
    const { status, figures, breakdown, reasons } = healthOf(whatIf(asked(), { unreachable: [OTHER] }))
    expect([status, figures !== null]).toEqual(["NORMAL", true])
    expect(breakdown.collateral.map(each => each.leg.symbol)).toEqual(["USDC"])
    expect(reasons).toContainEqual(expect.objectContaining({ code: "CHAIN_UNAVAILABLE", chain: OTHER }))
  })

  it("blocks the account that has positions or debts there, also without an address", () => {
    expect(healthOf(whatIf(asked(), { unreachable: [CHAIN] })).status).toBe("UNAVAILABLE")
    const bare = makeUnreachable(snapshotOf([debt("USDC", "1")]), new Set([CHAIN]), span16.prices)
    expect(healthOf(caseOf(bare, "book", { policy: span16, kernel })).status).toBe("UNAVAILABLE")
  })

  it("silences the prices that only it told", () => {
    const told = (symbol: string, at: string, source: string): PriceObservation => ({
      symbol,
      source,
      price: price(parseDecimal(at)),
      confidence: price(0n),
      publishTime: NOW,
    })
    const observations = [
      told("ETH", "3000", `pyth@${CHAIN}`),
      told("ETH", "3010", `pyth@${OTHER}`),
      told("BTC", "90000", `pyth@${OTHER}`),
    ]
    const prices = [priced("ETH", "3005", "5"), priced("BTC", "90000"), priced("USDC", "1")]
    const lost = makeUnreachable({ ...twoChains(), observations, prices }, new Set([OTHER]), span16.prices)
    expect(lost.prices).toMatchObject([
      { symbol: "ETH", status: "ok", price: parseDecimal("3000"), confidence: 0n, sources: [`pyth@${CHAIN}`] },
      { symbol: "BTC", status: "unavailable" },
      { symbol: "USDC", status: "ok" },
    ])
  })

  it("leaves a price that is supposed in its place", () => {
    const { snapshot } = whatIf(asked(), {
      unreachable: [OTHER],
      market: { prices: new Map([["ETH", price(parseDecimal("2000"))]]), volatilities: new Map() },
    })
    expect(snapshot.prices[0]).toMatchObject({ symbol: "ETH", price: parseDecimal("2000"), sources: ["supposed"] })
  })
})

describe("amounts", () => {
  it("are taken from where they count best", () => {
    const legs = [{ ...collateral("ETH", "2"), chain: OTHER }, collateral("ETH", "1.5")]
    const { account } = whatIf(asked(legs), { collateral: [{ symbol: "ETH", amount: units("-2") }] })
    expect(account.legs).toEqual([{ ...legs[0], amount: units("1.5") }])
  })

  it("are taken from the chain that is named, and no more than there is", () => {
    const there = (amount: string) => ({ collateral: [{ symbol: "ETH", amount: units(amount), chain: OTHER }] })
    expect(whatIf(asked(), there("-2")).account.legs).toEqual(LEGS.slice(0, 2))
    expect(() => whatIf(asked(), there("-2.1"))).toThrow(InvalidInputError)
  })
})

describe("a supposed market", () => {
  it("keeps a quote of nothing a quote of nothing", () => {
    const quotes = twoChains().quotes.map(quote => ({ ...quote, volatility: ratio(0n) }))
    const shifted = withVolatilityShifts({ ...twoChains(), quotes }, new Map([["ETH", ratio(10n ** 17n)]]))
    expect(shifted.quotes).toEqual(quotes)
  })

  it("never lets a volatility fall to nothing", () => {
    const [quote] = withVolatilityShifts(twoChains(), new Map([["ETH", ratio(-(10n ** 18n))]])).quotes
    expect(quote?.volatility).toBe(10n ** 12n)
  })

  it("ages options and nothing else", () => {
    const { chains, valuationTime } = atTime(twoChains(), NOW + 500)
    expect(valuationTime).toBe(NOW + 500)
    expect(chains.map(each => each.status === "ok" && valuationTime - each.pin.timestamp)).toEqual([0, 100])
  })

  it("prices what had no price, and rounds a confidence up", () => {
    const snapshot = withPrices(
      { ...twoChains(), prices: [priced("ETH", "3", "0.000000000000000001")] },
      new Map([
        ["ETH", price(parseDecimal("4"))],
        ["SOL", price(parseDecimal("200"))],
      ]),
    )
    expect(snapshot.prices).toMatchObject([
      { symbol: "ETH", price: parseDecimal("4"), confidence: 2n },
      { symbol: "SOL", price: parseDecimal("200"), status: "ok" },
    ])
  })
})

describe("books side by side", () => {
  it("are each margined as if alone", () => {
    const books = [LEGS, LEGS.slice(1), [CALL]]
    const together = standingOfEach(asked(), books)
    books.forEach((legs, i) => {
      const { figures } = healthOf(asked(legs))
      expect(together[i]).toEqual(figures)
      expect(standingOf(asked(legs))).toEqual(figures)
    })
  })
})

describe("a curve", () => {
  it("has the health of every price, a surface that of every shift too", () => {
    const prices = ["2500", "3000"].map(text => price(parseDecimal(text)))
    const [, now] = healthCurve(asked(), "ETH", prices)
    expect(now?.health).toBe(healthOf(asked()).figures?.health)
    const flat = [ratio(parseDecimal("-0.1")), ratio(0n)]
    const surface = healthSurface(asked(), "ETH", flat, [ratio(0n), ratio(parseDecimal("0.2"))])
    expect(surface[0]?.[1]).toEqual(now)
    expect(surface[0]?.[0]).toEqual(healthCurve(asked(), "ETH", [price(parseDecimal("2700"))])[0])
    expect(surface[1]?.[1]?.health).toBeLessThan(now?.health ?? 0n)
    expect(healthSurface(asked(), "XYZ", flat, [ratio(0n)])).toEqual([[null, null]])
  })
})
