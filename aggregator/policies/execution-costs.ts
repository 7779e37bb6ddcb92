/**
 * The JSON form of execution costs, checked; and the table that ships with the project.
 */
import { z } from "zod"
import { EXACT_DECIMAL, parseDecimal } from "../domain/decimal.js"
import { InvalidInputError } from "../domain/errors.js"
import type { ExecutionCosts } from "../domain/execution-costs.js"
import { ONE, quantity, ratio, usd } from "../domain/fixed.js"
import { inputIssues } from "../domain/input-issues.js"
import usual from "./execution-costs.json" with { type: "json" }

const decimal = z
  .string()
  .regex(EXACT_DECIMAL, { abort: true, error: 'must be a decimal string such as "0.0005", at most 18 decimals' })
  .transform(parseDecimal)
const within = (least: bigint, most: bigint, words: string) =>
  decimal.refine(value => value >= least && value <= most, { abort: true, error: `must be ${words}` })

const share = within(0n, ONE, "between 0 and 1").transform(ratio)
const dollars = within(0n, 10n ** 36n, "0 or more").transform(usd)
const units = within(1n, 10n ** 36n, "greater than 0").transform(quantity)

const trading = z.strictObject({ order: dollars, spread: share, premiumSpread: share, impact: share, depth: units })
const funding = z.strictObject({ gas: dollars, minimum: dollars })
const table = <Row extends z.ZodType>(row: Row) =>
  z.strictObject({
    rows: z.record(z.string(), row).transform(record => new Map(Object.entries(record) as [string, z.output<Row>][])),
    other: row,
  })

const costsSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  version: z.number().int().positive(),
  description: z.string(),
  options: table(trading),
  linear: table(trading),
  spot: table(trading),
  chains: table(funding),
})

/** @throws InvalidInputError naming every wrong field by JSON pointer. */
export function loadExecutionCosts(document: unknown): ExecutionCosts {
  const parsed = costsSchema.safeParse(document)
  if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
  return parsed.data
}

/** Costs of an ordinary day: a starting point, to be replaced by what an operator measures. */
export const usualCosts = (): ExecutionCosts => loadExecutionCosts(usual)
