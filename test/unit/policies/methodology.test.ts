/** Methodology documents: those shipped load and margin a book; a wrong one is refused by field. */
import { beforeAll, describe, expect, it } from "vitest"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { InvalidInputError, UnsupportedByPolicyError } from "../../../aggregator/domain/errors.js"
import { price, quantity, ratio, usd } from "../../../aggregator/domain/fixed.js"
import type { Instrument } from "../../../aggregator/domain/instrument.js"
import type { Book, BookMarket } from "../../../aggregator/domain/margin-book.js"
import { assessBooks } from "../../../aggregator/pipeline/margin/assess-book.js"
import { loadMethodology } from "../../../aggregator/policies/methodology.js"
import { SHIPPED_POLICIES, shippedPolicy } from "../../../aggregator/policies/shipped.js"
import tims from "../../../aggregator/policies/tims.json" with { type: "json" }
import type { Kernel } from "../../../wasm-core/kernel.js"
import { shippedKernel } from "../../support/kernel.js"

const NOW = 1_750_000_000
const EXPIRY = NOW + 40 * 86_400
const one = ratio(parseDecimal("1"))

let kernel: Kernel
beforeAll(async () => {
  kernel = await shippedKernel()
})

const held = (instrument: Instrument, amount: string) => ({
  instrument,
  quantity: quantity(parseDecimal(amount)),
  volatility: ratio(parseDecimal(instrument.kind === "option" ? "0.6" : "0")),
  unsettled: usd(0n),
})
const call = (strike: string): Instrument => ({
  kind: "option",
  underlying: "ETH",
  expiry: EXPIRY,
  strike: price(parseDecimal(strike)),
  right: "call",
})
const bookOf = (...positions: Book["positions"]): Book => {
  return { id: "book", cash: usd(parseDecimal("1000")), collateral: [], positions, reserved: usd(0n) }
}
const market: BookMarket = {
  valuationTime: NOW,
  cashPrice: price(parseDecimal("1")),
  units: new Map([
    [
      "ETH",
      {
        spot: price(parseDecimal("3000")),
        spotConfidence: one,
        perpetual: { price: price(parseDecimal("3001")), confidence: one },
        expiries: new Map([
          [
            EXPIRY,
            {
              forward: price(parseDecimal("3020")),
              fixed: null,
              rate: ratio(parseDecimal("0.04")),
              confidence: { forward: one, rate: one, volatility: one },
            },
          ],
        ]),
      },
    ],
  ]),
}

const SCENARIO_POLICIES = SHIPPED_POLICIES.filter(name => shippedPolicy(name).policy.methodology.kind === "scenarios")
const shippedMethodology = (name: (typeof SHIPPED_POLICIES)[number]) => {
  const { methodology } = shippedPolicy(name).policy
  if (methodology.kind !== "scenarios") throw new TypeError(`${name} is not made of scenarios`)
  return methodology
}

describe("shipped methodologies", () => {
  it.each(SCENARIO_POLICIES)("%s asks more of a naked short call than of a covered one, and most to open", name => {
    const methodology = shippedMethodology(name)
    const short = held(call("3200"), "-10")
    const [naked, covered] = [bookOf(short), bookOf(short, held(call("3300"), "10"))].map(
      book => assessBooks(kernel, methodology, [book], market)[0]?.thresholds,
    )
    if (!naked || !covered) throw new RangeError("a book has a result")
    expect(naked.maintenance.requirement).toBeGreaterThan(0n)
    expect(covered.initial.requirement).toBeLessThan(naked.initial.requirement)
    expect(naked.initial.requirement).toBeGreaterThanOrEqual(naked.maintenance.requirement)
  })

  it.each(SHIPPED_POLICIES)("%s has a hash of its own", name => {
    const others = SHIPPED_POLICIES.filter(each => each !== name).map(each => shippedPolicy(each).hash)
    expect(others).not.toContain(shippedPolicy(name).hash)
  })

  it("cannot margin what the market does not quote", () => {
    const methodology = shippedMethodology("pmrm-2")
    const stranger = bookOf(held({ kind: "perpetual", underlying: "DOGE" }, "1"))
    expect(() => assessBooks(kernel, methodology, [stranger], market)).toThrow(UnsupportedByPolicyError)
  })
})

describe("a wrong document", () => {
  const pointersOf = (changes: object): readonly string[] => {
    try {
      loadMethodology({ ...tims.methodology, ...changes })
    } catch (error) {
      if (error instanceof InvalidInputError) return error.issues.map(each => each.pointer)
      throw error
    }
    return []
  }

  it.each([
    ["a move of −100 %", { scenarios: [{ price: "-1" }] }, "/scenarios/0/price"],
    ["an unknown volatility move", { scenarios: [{ volatility: "sideways" }] }, "/scenarios/0/volatility"],
    ["no scenario", { scenarios: [] }, "/scenarios"],
    ["a scenario of an unknown part", { scenarios: [{}, { part: "gap" }] }, "/scenarios/1/part"],
    ["a part without a scenario", { parts: { gap: "floor" } }, "/parts/gap"],
    ["no scenario for the scan", { scenarios: [{ part: "gap" }], parts: { gap: "floor" } }, "/scenarios"],
    ["a negative weight", { scenarios: [{ weight: "-1" }] }, "/scenarios/0/weight"],
    ["a full offset", { combination: { offset: "1" } }, "/combination/offset"],
    ["a number instead of a decimal string", { tick: 0.01 }, "/tick"],
    ["an unknown charge", { charges: [{ kind: "tax", name: "tax" }] }, "/charges/0/kind"],
    ["a field that does not exist", { scenaros: [] }, "/scenaros"],
  ])("with %s is refused at that field", (_name, changes, pointer) => {
    expect(pointersOf(changes)).toEqual([pointer])
  })
})
