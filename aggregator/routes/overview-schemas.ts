/**
 * What followers of the stream are sent.
 */
import { z } from "@hono/zod-openapi"
import { ACCOUNT_STATUSES } from "../domain/health.js"
import { attestationSchema } from "./attestation-schemas.js"
import { marginSchema } from "./margin-schemas.js"
import { chainStateSchema, decimal, orNull, unixSeconds } from "./schemas.js"

/** Each with all that it is made of: more would be most of a reading's work, and megabytes to every follower. */
export const MOST_SHOWN = 500

/** What `/v1/stream` sends as `event: overview`, at once and then after every refresh. */
export const overviewSchema = z
  .object({
    valuationTime: unixSeconds,
    accounts: z.array(marginSchema).openapi({
      description: `At most ${MOST_SHOWN}, in the order of \`/v1/accounts\`; of more accounts those that are not NORMAL before others`,
    }),
    accountCount: z.number().int().openapi({ description: "Of all accounts, shown or not" }),
    statusCounts: z.record(z.enum(ACCOUNT_STATUSES), z.number().int()),
    prices: z.array(z.object({ symbol: z.string(), price: orNull(decimal), reason: z.string().nullable() })),
    chains: z.array(chainStateSchema),
    attestation: orNull(attestationSchema),
  })
  .openapi("Overview")

export type Overview = z.infer<typeof overviewSchema>
