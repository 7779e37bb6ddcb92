/**
 * What followers of the stream are sent.
 */
import { z } from "@hono/zod-openapi"
import { attestationSchema } from "./attestation-schemas.js"
import { marginSchema } from "./margin-schemas.js"
import { chainStateSchema, decimal, orNull, unixSeconds } from "./schemas.js"

/** What `/v1/stream` sends as `event: overview`, at once and then after every refresh. */
export const overviewSchema = z
  .object({
    valuationTime: unixSeconds,
    accounts: z.array(marginSchema),
    prices: z.array(z.object({ symbol: z.string(), price: orNull(decimal), reason: z.string().nullable() })),
    chains: z.array(chainStateSchema),
    attestation: orNull(attestationSchema),
  })
  .openapi("Overview")

export type Overview = z.infer<typeof overviewSchema>
