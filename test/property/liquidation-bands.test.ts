import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { type Price, price } from "../../aggregator/domain/fixed.js"
import type { Leg } from "../../aggregator/domain/leg.js"
import type { RiskKernel } from "../../aggregator/domain/ports.js"
import { type AccountCase, caseOf } from "../../aggregator/insight/account-case.js"
import { liquidationBands, type PriceRange, usualRange } from "../../aggregator/insight/liquidation-bands.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { shippedKernel } from "../support/kernel.js"
import { span16 } from "../support/policies.js"
import { collateral, debt, option, priced, snapshotOf } from "../support/snapshots.js"

let kernel: RiskKernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const at = (text: string): Price => price(parseDecimal(text))
const caseWith = (legs: readonly Leg[]): AccountCase => caseOf(snapshotOf(legs), "book", { policy: span16, kernel })
const RANGE: PriceRange = { from: at("1000"), to: at("6000"), tick: at("10") }

/** Health at every tick of the range, each by a snapshot written for it. */
function everyTick(legs: readonly Leg[], range: PriceRange): (bigint | null)[] {
  const healths: (bigint | null)[] = []
  for (let each: bigint = range.from; each <= range.to; each += range.tick) {
    const prices = [{ ...priced("ETH", "1"), price: price(each) }, priced("BTC", "90000"), priced("USDC", "1")]
    healths.push(assessSnapshot(snapshotOf(legs, { prices }), span16, kernel).health[0]?.figures?.health ?? null)
  }
  return healths
}

/** Runs of unhealthy ticks, each widened by one tick as far as the range goes; those that touch are one. */
function bandsByBruteForce(legs: readonly Leg[], range: PriceRange): [bigint, bigint][] {
  const bands: [bigint, bigint][] = []
  everyTick(legs, range).forEach((health, i) => {
    if (health !== null && health >= 0n) return
    const here = range.from + BigInt(i) * range.tick
    const low = here - range.tick < range.from ? range.from : here - range.tick
    const high = here + range.tick > range.to ? range.to : here + range.tick
    const last = bands.at(-1)
    if (last && low <= last[1]) last[1] = high
    else bands.push([low, high])
  })
  return bands
}

const asPairs = (bands: readonly { from: bigint; to: bigint }[]) => bands.map(({ from, to }) => [from, to])

const contract = fc
  .record({
    expiry: fc.constantFrom("6NOV26", "25DEC26"),
    strike: fc.integer({ min: 12, max: 60 }),
    right: fc.constantFrom("C", "P"),
    amount: fc.integer({ min: -30, max: 30 }).filter(value => value !== 0),
  })
  .map(({ expiry, strike, right, amount }) => option(`ETH-${expiry}-${strike * 100}-${right}`, String(amount)))
const book = fc
  .record({
    options: fc.array(contract, { minLength: 1, maxLength: 5 }),
    cash: fc.integer({ min: 0, max: 60_000 }),
    ether: fc.integer({ min: 0, max: 20 }),
    owed: fc.integer({ min: 0, max: 10 }),
  })
  .map(({ options, cash, ether, owed }): Leg[] => [
    ...options,
    collateral("USDC", String(cash)),
    collateral("ETH", String(ether)),
    debt("ETH", String(owed)),
  ])

const STRANGLE = [option("ETH-25DEC26-4000-C", "-10"), option("ETH-25DEC26-2200-P", "-10"), collateral("USDC", "12000")]
const BACKSPREAD = [option("ETH-6NOV26-3000-C", "-10"), option("ETH-6NOV26-3600-C", "20"), collateral("USDC", "3600")]

describe("liquidation bands", () => {
  it("are those of repricing at every tick, for any book", () => {
    fc.assert(
      fc.property(book, legs => {
        const { bands, undecided } = liquidationBands(caseWith(legs), "ETH", RANGE)
        expect(undecided).toEqual([])
        expect(asPairs(bands)).toEqual(bandsByBruteForce(legs, RANGE))
      }),
      // Two bands, and one in the middle, whatever else chance brings.
      { numRuns: 30, examples: [[STRANGLE], [BACKSPREAD]] },
    )
  })

  it("of a short strangle lie on both sides, of a long butterfly's wings in the middle", () => {
    expect(liquidationBands(caseWith(STRANGLE), "ETH", RANGE).bands).toHaveLength(2)
    const { bands, nearestAbove } = liquidationBands(caseWith(BACKSPREAD), "ETH", RANGE)
    expect(bands).toHaveLength(1)
    expect(bands[0]?.to).toBeLessThan(RANGE.to)
    expect(nearestAbove).toBe(bands[0]?.from)
  })

  it("find a band of a single tick", () => {
    const legs = (cash: string) => [
      option("ETH-6NOV26-3000-C", "-10"),
      option("ETH-6NOV26-3600-C", "20"),
      collateral("USDC", cash),
    ]
    const ample = everyTick(legs("9000"), RANGE).map(each => each ?? 0n)
    const lowest = ample.reduce((least, each) => (each < least ? each : least))
    // Cash counts 99 %: taken so far down that the lowest tick, and it only, is short by a cent.
    const short = lowest + 10n ** 16n
    const cash = 9000n * 10n ** 18n - (short * 100n) / 99n
    const [usdc] = [collateral("USDC", "0")]
    const bare = [...legs("0").slice(0, 2), { ...usdc, amount: cash as typeof usdc.amount }]
    const { bands } = liquidationBands(caseWith(bare), "ETH", RANGE)
    expect(asPairs(bands)).toEqual(bandsByBruteForce(bare, RANGE))
    expect(bands).toHaveLength(1)
    expect((bands[0]?.to ?? 0n) - (bands[0]?.from ?? 0n)).toBe(2n * RANGE.tick)
  })

  it("move with collateral and debts alone", () => {
    const long = liquidationBands(caseWith([collateral("ETH", "10"), debt("USDC", "18000")]), "ETH", RANGE)
    // 10 ETH at 90 % against 18,180 USDC owed: short below 2,020.
    expect(asPairs(long.bands)).toEqual([[RANGE.from, at("2020")]])
    expect([long.nearestBelow, long.nearestAbove]).toEqual([at("2020"), null])
    const short = liquidationBands(caseWith([collateral("USDC", "40000"), debt("ETH", "10")]), "ETH", RANGE)
    expect(short.nearestBelow).toBeNull()
    expect(asPairs(short.bands)).toEqual([[at("3660"), RANGE.to]])
  })

  it("are none where nothing is owed, and everything where no number can be given", () => {
    expect(liquidationBands(caseWith([collateral("ETH", "10")]), "ETH", RANGE)).toMatchObject({
      bands: [],
      nearestBelow: null,
    })
    const blocked = liquidationBands(caseWith([collateral("ETH", "10"), debt("DOGE", "1")]), "ETH", RANGE)
    expect(asPairs(blocked.bands)).toEqual([[RANGE.from, RANGE.to]])
    expect(blocked.repricings).toBeLessThan(60)
  })

  it("cost few repricings on the usual range", () => {
    const { range, repricings } = liquidationBands(caseWith(STRANGLE), "ETH")
    expect(range).toEqual({ from: at("150"), to: at("12000"), tick: at("0.1") })
    expect(repricings).toBeLessThan(400)
  })
})

describe("the usual range", () => {
  it.each([
    ["90000", "4500", "360000", "1"],
    ["0.000012345", "0.000000617", "0.00004938", "0.000000001"],
    ["0.000000000000000001", "0.000000000000000001", "0.000000000000000004", "0.000000000000000001"],
  ])("of %s goes from %s to %s by %s", (now, from, to, tick) => {
    expect(usualRange(at(now))).toEqual({ from: at(from), to: at(to), tick: at(tick) })
  })
})
