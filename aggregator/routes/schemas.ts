/**
 * Shapes that several resources share: values, statuses, chains, policies by reference, problems.
 */
import { z } from "@hono/zod-openapi"
import type { Bytes32 } from "../domain/attestation.js"
import { ACCOUNT_STATUSES } from "../domain/health.js"

export const decimal = z
  .string()
  .regex(/^-?\d+(\.\d{1,18})?$/)
  .openapi("Decimal", { description: "Decimal string; never a JSON number.", example: "1234.56" })

/** Bounded, so that no request can ask for arithmetic on numbers of any length. */
export const givenDecimal = z
  .string()
  .regex(/^-?\d{1,18}(\.\d{1,18})?$/, {
    abort: true,
    error: 'must be a decimal string such as "-12.5", at most 18 digits on each side',
  })
  .openapi("GivenDecimal", { description: "Decimal string, at most 18 digits on each side of the point." })

/**
 * A shape with a name, or null. `nullable()` of such a shape would be described as both at once, which nothing is.
 */
export const orNull = <Shape extends z.ZodType>(shape: Shape, description?: string) =>
  z.union([shape, z.null()]).openapi(description === undefined ? {} : { description })

export const bytes32 = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .openapi("Bytes32")
export const chain = z.string().openapi({ description: "CAIP-2 chain id", example: "eip155:1337" })
export const unixSeconds = z.number().int().openapi({ description: "Unix seconds", example: 1_790_000_000 })

export const epochParameter = z
  .string()
  .regex(/^\d{1,20}$/, { abort: true, error: "must be an epoch, a whole number" })
  .transform(BigInt)
  .openapi({ type: "string", example: "42" })

export const hashParameter = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, "must be a SHA-256 hash, 0x and 64 lower-case hex digits")
  .transform(text => text as Bytes32)
  .openapi({ type: "string" })

export const statusSchema = z.enum(ACCOUNT_STATUSES).openapi("AccountStatus", {
  description: "NORMAL → MARGIN_CALL → REDUCE_ONLY → LIQUIDATABLE → BANKRUPT; STALE and UNAVAILABLE carry no figures.",
})

/** When the account's oldest input was read, and the moment that ages are measured from. */
export const accountAsOf = { asOf: unixSeconds, valuationTime: unixSeconds }

export const chainStateSchema = z
  .object({
    chain,
    name: z.string(),
    status: z.enum(["ok", "unavailable"]),
    height: z.string().nullable().openapi({ description: "Block number, or the first slot of the pinned range" }),
    blockHash: z.string().nullable(),
    time: unixSeconds.nullable().openapi({ description: "The pinned block's own time" }),
    age: z.number().nullable().openapi({ description: "Seconds behind the valuation time" }),
    finality: z.string().nullable(),
    inputGrade: z.enum(["single", "quorum", "query"]).nullable(),
    reason: z.string().nullable(),
  })
  .openapi("ChainState")

export const policyRef = z
  .object({ name: z.string(), version: z.number().int(), hash: bytes32 })
  .openapi("PolicyReference")

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
  })
  .openapi("Problem")

export type ChainStateView = z.infer<typeof chainStateSchema>
export type Problem = z.infer<typeof problemSchema>
