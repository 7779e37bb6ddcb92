/**
 * `/v1/accounts`: who is margined, and one account's unified margin by its id or any linked address.
 */
import { createRoute } from "@hono/zod-openapi"
import { accountParameter, accountRefusals, latestOf, marginedIn } from "./account-id.js"
import { jsonText, RenderCache } from "./render-cache.js"
import { accountListSchema, type Margin, marginSchema } from "./schemas.js"
import { createRouter, jsonOf, problem, type Service } from "./service.js"
import { figuresView, marginView } from "./views.js"

const listAccounts = createRoute({
  method: "get",
  path: "/v1/accounts",
  summary: "Every account with its status and figures",
  responses: { 200: jsonOf(accountListSchema, "The accounts"), 503: problem("No chain has been read yet") },
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
      const { snapshot, health } = latestOf(book)
      const addresses = new Map(snapshot.accounts.map(each => [each.id, each.addresses]))
      const accounts = health.map(({ id, status, figures, asOf }) => ({
        account: id,
        addresses: [...(addresses.get(id) ?? [])],
        status,
        figures: figures && figuresView(figures),
        asOf,
      }))
      return context.json({ valuationTime: snapshot.valuationTime, accounts }, 200)
    })
    .openapi(readMargin, context => {
      const { id } = context.req.valid("param")
      const { assessment, health } = marginedIn(book, id)
      const text = margins.text(health.id, () => marginView(health, book, assessment, show))
      return jsonText<Margin>(context, text)
    })
}
