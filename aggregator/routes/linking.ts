/**
 * `/v1/accounts` and its links, written by signature: an address joins an account when both sides sign naming the other.
 */
import { createRoute, z } from "@hono/zod-openapi"
import type { Address } from "../domain/caip.js"
import type { SignedMessage } from "../linking/check-proof.js"
import {
  accountId,
  bodyOf,
  caip10,
  type Linking,
  proofSchema,
  proofs,
  writeRefusals as refusals,
} from "./proof-schemas.js"
import { createRouter, jsonOf, problem } from "./service.js"

const linkedSchema = z.object({ account: z.string(), addresses: z.array(z.string()) }).openapi("LinkedAccount")

const conflicts = {
  403: problem("The account is not changed by signature, or is full"),
  404: problem("No such account or address"),
  409: problem("The address or the id is taken"),
  503: problem("The chain of a contract wallet cannot be asked"),
}

const create = createRoute({
  method: "post",
  path: "/v1/accounts",
  summary: "Opens an account with its first address",
  request: bodyOf(z.strictObject({ account: accountId, proof: proofSchema }).openapi("AccountRequest")),
  responses: { 201: jsonOf(linkedSchema, "The account"), ...refusals, ...conflicts },
})

const account = { params: z.object({ id: accountId }) }

const link = createRoute({
  method: "post",
  path: "/v1/accounts/{id}/links",
  summary: "Links an address: signed by it, naming one that is linked, and by that one, naming the new one",
  request: {
    ...account,
    ...bodyOf(z.strictObject({ joining: proofSchema, linked: proofSchema }).openapi("LinkRequest")),
  },
  responses: { 201: jsonOf(linkedSchema, "The account as it is now"), ...refusals, ...conflicts },
})

const unlink = createRoute({
  method: "delete",
  path: "/v1/accounts/{id}/links/{address}",
  summary: "Takes an address out, signed by it or by another address of the account",
  request: {
    params: z.object({ id: accountId, address: caip10 }),
    ...bodyOf(z.strictObject({ proof: proofSchema }).openapi("UnlinkRequest")),
  },
  responses: { 200: jsonOf(linkedSchema, "The account as it is now"), ...refusals, ...conflicts },
})

export function linkingRoutes(linking: Linking) {
  const { registry, clock } = linking
  const { spelled, proofOf, proved } = proofs(linking)
  const change = (at: Address, nonces: readonly string[], proofs: readonly SignedMessage[]) => ({
    address: at,
    nonces,
    proof: JSON.stringify(proofs),
    now: clock.now(),
  })
  const view = ({ id, addresses }: { id: string; addresses: readonly Address[] }) => ({
    account: id,
    addresses: [...addresses],
  })

  return createRouter()
    .openapi(create, async context => {
      const request = context.req.valid("json")
      const proof = proofOf(request.proof, "/proof")
      const nonce = await proved(proof, { kind: "create", account: request.account }, "/proof")
      const created = await registry.create(request.account, change(proof.address, [nonce], [proof]))
      return context.json(view(created), 201, { location: `/v1/accounts/${created.id}/margin` })
    })
    .openapi(link, async context => {
      const { id } = context.req.valid("param")
      const request = context.req.valid("json")
      const [joining, linked] = [proofOf(request.joining, "/joining"), proofOf(request.linked, "/linked")]
      registry.requireOwner(id, linked.address, "/linked/address")
      const nonces = [
        await proved(joining, { kind: "link", account: id, other: linked.address }, "/joining"),
        await proved(linked, { kind: "link", account: id, other: joining.address }, "/linked"),
      ]
      return context.json(view(await registry.link(id, change(joining.address, nonces, [joining, linked]))), 201)
    })
    .openapi(unlink, async context => {
      const { id, address: text } = context.req.valid("param")
      const leaving = spelled(text, "")
      const proof = proofOf(context.req.valid("json").proof, "/proof")
      registry.requireOwner(id, proof.address)
      const nonce = await proved(proof, { kind: "unlink", account: id, other: leaving }, "/proof")
      return context.json(view(await registry.unlink(id, change(leaving, [nonce], [proof]))), 200)
    })
}
