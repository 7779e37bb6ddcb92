/**
 * `/v1/accounts/{id}/history`: what was attested of an account, epoch by epoch.
 */
import { createRoute, z } from "@hono/zod-openapi"
import type { AccountLeaf } from "../domain/attestation.js"
import { formatDecimal } from "../domain/decimal.js"
import { accountHash } from "../domain/leaf.js"
import type { EpochRecord } from "../store/epoch-archive.js"
import { accountIn, accountParameter, accountRefusals } from "./account-id.js"
import { type HistoryPoint, historySchema } from "./history-schemas.js"
import { epochParameter } from "./schemas.js"
import { createRouter, jsonOf, type Service } from "./service.js"

const MOST_POINTS = 100

const readHistory = createRoute({
  method: "get",
  path: "/v1/accounts/{id}/history",
  summary: "Health, equity and margins of an account in the epochs that are kept",
  request: {
    params: accountParameter,
    query: z.object({
      cursor: epochParameter.optional().openapi({ description: "`next` of the page after" }),
      limit: z.coerce.number().int().min(1).max(MOST_POINTS).default(60),
    }),
  },
  responses: { 200: jsonOf(historySchema, "One page, oldest first"), ...accountRefusals },
})

export function historyRoutes({ book }: Service) {
  return createRouter().openapi(readHistory, async context => {
    const { id } = context.req.valid("param")
    const { cursor, limit } = context.req.valid("query")
    const { account } = accountIn(book, id)
    const records = await book.epochsBefore(cursor ?? null, limit + 1)
    const page = records.slice(0, limit)
    const last = page.at(-1)
    const epochs = page.map(record => record.attestation.epoch)
    const leaves = await book.leavesOf(accountHash(account.id), epochs)
    const points = page.flatMap(record => pointOf(record, leaves) ?? []).reverse()
    return context.json({ points, next: last && records.length > limit ? String(last.attestation.epoch) : null }, 200)
  })
}

/** All leaves of an account say the same of it; `undefined` when the epoch did not know it. */
function pointOf(
  { attestation }: EpochRecord,
  leaves: ReadonlyMap<bigint, readonly AccountLeaf[]>,
): HistoryPoint | undefined {
  const leaf = leaves.get(attestation.epoch)?.[0]
  return (
    leaf && { epoch: String(attestation.epoch), time: attestation.timestamp, status: leaf.status, ...figuresOf(leaf) }
  )
}

function figuresOf({ status, equity, initialMargin, maintenanceMargin }: AccountLeaf) {
  if (status === "STALE" || status === "UNAVAILABLE")
    return { health: null, equity: null, initialMargin: null, maintenanceMargin: null }
  return {
    health: formatDecimal(equity - maintenanceMargin),
    equity: formatDecimal(equity),
    initialMargin: formatDecimal(initialMargin),
    maintenanceMargin: formatDecimal(maintenanceMargin),
  }
}
