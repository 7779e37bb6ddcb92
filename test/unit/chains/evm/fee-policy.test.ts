import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { feesToOffer, GasPriceCappedError, MARKET_FEES } from "../../../../chains/evm/fee-policy.js"

const market = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint, baseFee: bigint) => ({
  suggested: { maxFeePerGas, maxPriorityFeePerGas },
  baseFee,
})

describe("the fees to offer", () => {
  it("are the market's, times the factor, rounded up", () => {
    expect(feesToOffer(market(101n, 3n, 80n), MARKET_FEES)).toEqual({ maxFeePerGas: 101n, maxPriorityFeePerGas: 3n })
    expect(feesToOffer(market(101n, 3n, 80n), { multiplierPercent: 150, mostPerGas: null })).toEqual({
      maxFeePerGas: 152n,
      maxPriorityFeePerGas: 5n,
    })
  })

  it("stop at the cap while a block takes as much, and are refused when it does not", () => {
    const capped = { multiplierPercent: 100, mostPerGas: 90n }
    expect(feesToOffer(market(101n, 3n, 80n), capped)).toEqual({ maxFeePerGas: 90n, maxPriorityFeePerGas: 3n })
    expect(feesToOffer(market(101n, 95n, 80n), capped)).toEqual({ maxFeePerGas: 90n, maxPriorityFeePerGas: 90n })
    expect(() => feesToOffer(market(101n, 3n, 91n), capped)).toThrow(GasPriceCappedError)
  })

  it("outbid what they replace by an eighth in both, or are refused", () => {
    const replaced = { maxFeePerGas: 800n, maxPriorityFeePerGas: 8n }
    expect(feesToOffer(market(100n, 1n, 50n), MARKET_FEES, replaced)).toEqual({
      maxFeePerGas: 901n,
      maxPriorityFeePerGas: 10n,
    })
    const capped = { multiplierPercent: 100, mostPerGas: 900n }
    expect(() => feesToOffer(market(100n, 1n, 50n), capped, replaced)).toThrow(GasPriceCappedError)
  })

  it("are never above the cap, never a tip above the whole, and always enough to replace", () => {
    const fee = fc.bigInt({ min: 0n, max: 10n ** 13n })
    fc.assert(
      fc.property(
        fee,
        fee,
        fee,
        fee,
        fc.integer({ min: 1, max: 500 }),
        (suggested, tip, baseFee, cap, multiplierPercent) => {
          const replaced = { maxFeePerGas: suggested, maxPriorityFeePerGas: tip < suggested ? tip : suggested }
          try {
            const policy = { multiplierPercent, mostPerGas: cap }
            const offered = feesToOffer(market(suggested, tip, baseFee), policy, replaced)
            expect(offered.maxFeePerGas).toBeLessThanOrEqual(cap)
            expect(offered.maxPriorityFeePerGas).toBeLessThanOrEqual(offered.maxFeePerGas)
            expect(offered.maxFeePerGas * 10n).toBeGreaterThanOrEqual(replaced.maxFeePerGas * 11n)
          } catch (error) {
            expect(error).toBeInstanceOf(GasPriceCappedError)
          }
        },
      ),
    )
  })
})
