/**
 * `/v1/accounts`: who is margined, and one account's unified margin by its id or any linked address.
 */
import { createRoute, z } from "@hono/zod-openapi"
import { InvalidInputError } from "../domain/errors.js"
import type { AccountHealth } from "../domain/health.js"
import { accountIn, accountParameter, accountRefusals, latestOf, marginedIn } from "./account-id.js"
import { accountListSchema, type Margin, marginSchema } from "./margin-schemas.js"
import { jsonText, RenderCache } from "./render-cache.js"
import { createRouter, jsonOf, problem, type Service } from "./service.js"
import { figuresView, marginView } from "./views.js"

/** Twice what a service takes by default, so that one page is all of it unless somebody wants less. */
const MOST_LISTED = 20_000

const listAccounts = createRoute({
  method: "get",
  path: "/v1/accounts",
  summary: "Every account with its status and figures",
  request: {
    query: z.object({
      cursor: z.string().max(256).optional().openapi({ description: "`next` of the page before" }),
      limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(MOST_LISTED),
    }),
  },
  responses: {
    200: jsonOf(accountListSchema, "One page"),
    400: problem("The cursor or the limit is none"),
    503: problem("No chain has been read yet"),
  },
})

const readMargin = createRoute({
  method: "get",
  path: "/v1/accounts/{id}/margin",
  summary: "Unified margin of one account, with every component that adds up to it",
  request: { params: accountParameter },
  responses: { 200: jsonOf(marginSchema, "The margin"), ...accountRefusals },
})

export function accountRoutes({ book, show }: Service) {
  const margins = new RenderCache(book)
  return createRouter()
    .openapi(listAccounts, context => {
      const { cursor, limit } = context.req.valid("query")
      const { snapshot, health } = latestOf(book)
      const from = cursor === undefined ? 0 : placeAfter(cursor, health)
      const page = health.slice(from, from + limit)
      const accounts = page.map(({ id, status, figures, asOf }) => ({
        account: id,
        addresses: [...accountIn(book, id).account.addresses],
        status,
        figures: figures && figuresView(figures),
        asOf,
      }))
      const next = from + limit < health.length ? (page.at(-1)?.id ?? null) : null
      return context.json({ valuationTime: snapshot.valuationTime, accounts, next }, 200)
    })
    .openapi(readMargin, context => {
      const { id } = context.req.valid("param")
      const { assessment, health } = marginedIn(book, id)
      const text = margins.text(health.id, () => marginView(health, book, assessment, show))
      return jsonText<Margin>(context, text)
    })
}

/** @throws InvalidInputError when the account that a page ended with is no longer there: where it stood is not known. */
function placeAfter(account: string, health: readonly AccountHealth[]): number {
  const place = health.findIndex(({ id }) => id === account)
  if (place >= 0) return place + 1
  const detail = "names no account of this service; begin again without a cursor"
  throw new InvalidInputError([{ pointer: "/cursor", code: "UNKNOWN_CURSOR", detail }])
}
