/**
 * Margins printed in the documentation of exchanges: standard margin of short options, portfolio margin of inverse books.
 */
import { z } from "zod"
import { toNumber } from "../../../aggregator/domain/decimal.js"
import { price, quantity, ratio } from "../../../aggregator/domain/fixed.js"
import { standardMargin } from "../../../aggregator/insight/standard-margin.js"
import type { Kernel } from "../../../wasm-core/kernel.js"
import { coinSettledReport, isCoinSettled } from "../scenario/coin-settled.js"
import { type CaseReport, inexpressible, type VectorFormat } from "./format.js"
import { exactly } from "./printed.js"

const TOLERANCE = 1e-6

const ShortOption = z.strictObject({
  type: z.enum(["call", "put"]),
  strike: z.number().optional(),
  short_qty: z.number(),
  index: z.number(),
  order_price: z.number().optional(),
  mark: z.number(),
  otm_amount: z.number().optional(),
  max_im_factor: z.number().default(0),
  min_im_factor: z.number().default(0),
  mm_factor: z.number(),
  liq_fee: z.number(),
})

const Case = z.looseObject({
  id: z.string(),
  venue: z.string(),
  inputs: z.unknown(),
  expected: z.record(z.string(), z.unknown()),
})
const Document = z.object({ cases: z.array(Case).min(1) })

export const exchanges: VectorFormat = {
  name: "exchanges",
  recognises: document => Document.safeParse(document).success,
  reports: (document, kernel) => Document.parse(document).cases.map(each => reportOf(each, kernel)),
}

function reportOf(given: z.infer<typeof Case>, kernel: Kernel): CaseReport {
  const option = ShortOption.safeParse(given.inputs)
  if (option.success) return shortOptionReport(given, option.data)
  if (isCoinSettled(given)) return coinSettledReport(given, kernel)
  return inexpressible(given.id, "neither a short option nor a coin-settled book with its simulation parameters")
}

function shortOptionReport({ id, expected }: z.infer<typeof Case>, given: z.infer<typeof ShortOption>): CaseReport {
  const index = exactly(given.index)
  // Without a strike only the maintenance margin is asked for, which does not depend on it.
  const strike = price(given.strike === undefined ? index : exactly(given.strike))
  const { initial, maintenance } = standardMargin(
    {
      right: given.type,
      strike,
      quantity: quantity(-exactly(given.short_qty)),
      index: price(index),
      mark: price(exactly(given.mark)),
      orderPrice: given.order_price === undefined ? null : price(exactly(given.order_price)),
    },
    {
      initial: ratio(exactly(given.max_im_factor)),
      initialFloor: ratio(exactly(given.min_im_factor)),
      maintenance: ratio(exactly(given.mm_factor)),
      liquidationFee: ratio(exactly(given.liq_fee)),
    },
  )
  const figures = new Map([
    ["MM", maintenance],
    ["IM", initial],
  ])
  const outcome = Object.entries(expected).map(([name, value]) => {
    const actual = figures.get(name)
    return typeof value === "number" && actual !== undefined
      ? { check: { name, actual: toNumber(actual), expected: value, tolerance: TOLERANCE } }
      : { unchecked: { field: name, reason: "no such figure of a short option" } }
  })
  return {
    id,
    checks: outcome.flatMap(each => each.check ?? []),
    unchecked: outcome.flatMap(each => each.unchecked ?? []),
  }
}
