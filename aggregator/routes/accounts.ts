/**
 * `/v1/accounts`: who is margined, and one account's unified margin by its id or any linked address.
 */
import { createRoute, z } from "@hono/zod-openapi"
import { NotReadyError, UnknownAccountError } from "../domain/errors.js"
import { accountListSchema, marginSchema } from "./schemas.js"
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
  request: {
    params: z.object({
      id: z
        .string()
        .max(256)
        .openapi({ description: "Account id, or any linked CAIP-10 address", example: "hedged-book" }),
    }),
  },
  responses: {
    200: jsonOf(marginSchema, "The margin"),
    400: problem("The id is too long to be one"),
    404: problem("No such account"),
    503: problem("No chain has been read yet"),
  },
})

export function accountRoutes({ book, show }: Service) {
  return createRouter()
    .openapi(listAccounts, context => {
      const { snapshot, health } = book.latest ?? notReady()
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
      const assessment = book.latest ?? notReady()
      const account = assessment.snapshot.accounts.find(
        each => each.id === id || each.addresses.some(address => sameAddress(address, id)),
      )
      const health = assessment.health.find(each => each.id === account?.id)
      if (!health) throw new UnknownAccountError(id)
      return context.json(marginView(health, book, assessment, show), 200)
    })
}

/** EVM addresses are case-insensitive, Solana's base58 is not. */
function sameAddress(linked: string, asked: string): boolean {
  return linked === asked || (linked.startsWith("eip155:") && linked.toLowerCase() === asked.toLowerCase())
}

function notReady(): never {
  throw new NotReadyError("no chain has been read yet; try again in a few seconds")
}
