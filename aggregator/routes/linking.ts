/**
 * `/v1/accounts` and its links, written by signature: an address joins an account when both sides sign naming the other.
 */
import { randomBytes } from "node:crypto"
import { createRoute, z } from "@hono/zod-openapi"
import type { Address, ChainId } from "../domain/caip.js"
import { address } from "../domain/caip.js"
import { InvalidInputError, UnknownAccountError } from "../domain/errors.js"
import type { Clock } from "../domain/ports.js"
import { type SignatureCheck, type SignInPurpose, signInText } from "../domain/sign-in.js"
import { checkProof, refused, type SignedMessage, spelledAddress } from "../linking/check-proof.js"
import type { AccountRegistry } from "../store/registry.js"
import { createRouter, jsonOf, problem } from "./service.js"

/** What linking needs. */
export interface Linking {
  readonly registry: AccountRegistry
  readonly checks: ReadonlyMap<ChainId, SignatureCheck>
  readonly clock: Clock
  /** Where the service is reached, e.g. `https://margin.example`. */
  origin(): string
}

const MESSAGE_SECONDS = 600

const caip10 = z
  .string()
  .regex(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}:[-.%a-zA-Z0-9]{1,128}$/, "must be a CAIP-10 address")
  .openapi("LinkedAddress", { example: "eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B" })
const accountId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{2,63}$/, "must be 3 to 64 lower-case letters, digits and dashes")
  .openapi("AccountId", { example: "my-book" })
const proofSchema = z
  .strictObject({ address: caip10, message: z.string().max(4_000), signature: z.string().max(33_000) })
  .openapi("SignedMessage", {
    description: "A sign-in message (EIP-4361 or its Solana form) as signed; 0x hex on EVM, base58 on Solana",
  })
const linkedSchema = z.object({ account: z.string(), addresses: z.array(z.string()) }).openapi("LinkedAccount")

const messageRequest = z
  .strictObject({
    purpose: z.enum(["create", "link", "unlink"]),
    account: accountId,
    address: caip10.openapi({ description: "Who signs" }),
    other: caip10.optional().openapi({
      description: "link: the address on the other side; unlink: the address to take out; create: absent",
    }),
  })
  .openapi("SignInRequest")
const messageSchema = z
  .object({ message: z.string(), nonce: z.string(), expiresAt: z.number().int() })
  .openapi("SignInMessage")

const body = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true, content: { "application/json": { schema } } },
})
const refusals = {
  400: problem("What is wrong, one JSON pointer a field"),
  413: problem("The body is too large"),
  415: problem("The body is not said to be JSON"),
  429: problem("Too many requests"),
}
const conflicts = {
  403: problem("The account is not changed by signature, or is full"),
  404: problem("No such account or address"),
  409: problem("The address or the id is taken"),
  503: problem("The chain of a contract wallet cannot be asked"),
}

const prepare = createRoute({
  method: "post",
  path: "/v1/sign-in-messages",
  summary: "The message that a wallet signs to open an account, to link or to unlink an address",
  request: body(messageRequest),
  responses: { 201: jsonOf(messageSchema, "The text to sign, and until when"), ...refusals },
})

const create = createRoute({
  method: "post",
  path: "/v1/accounts",
  summary: "Opens an account with its first address",
  request: body(z.strictObject({ account: accountId, proof: proofSchema }).openapi("AccountRequest")),
  responses: { 201: jsonOf(linkedSchema, "The account"), ...refusals, ...conflicts },
})

const account = { params: z.object({ id: accountId }) }

const link = createRoute({
  method: "post",
  path: "/v1/accounts/{id}/links",
  summary: "Links an address: signed by it, naming one that is linked, and by that one, naming the new one",
  request: {
    ...account,
    ...body(z.strictObject({ joining: proofSchema, linked: proofSchema }).openapi("LinkRequest")),
  },
  responses: { 201: jsonOf(linkedSchema, "The account as it is now"), ...refusals, ...conflicts },
})

const unlink = createRoute({
  method: "delete",
  path: "/v1/accounts/{id}/links/{address}",
  summary: "Takes an address out, signed by it or by another address of the account",
  request: {
    params: z.object({ id: accountId, address: caip10 }),
    ...body(z.strictObject({ proof: proofSchema }).openapi("UnlinkRequest")),
  },
  responses: { 200: jsonOf(linkedSchema, "The account as it is now"), ...refusals, ...conflicts },
})

export function linkingRoutes({ registry, checks, clock, origin }: Linking) {
  const spelled = (text: string, pointer: string): Address => spelledAddress(address(text), checks, pointer)
  const proofOf = (given: z.output<typeof proofSchema>, pointer: string): SignedMessage => ({
    ...given,
    address: spelled(given.address, `${pointer}/address`),
  })
  const proved = (proof: SignedMessage, purpose: SignInPurpose, pointer: string): Promise<string> =>
    checkProof(proof, purpose, { origin: origin(), now: clock.now(), checks }, pointer)
  const change = (at: Address, nonces: readonly string[], proofs: readonly SignedMessage[]) => ({
    address: at,
    nonces,
    proof: JSON.stringify(proofs),
    now: clock.now(),
  })
  const known = (id: string) => {
    const found = registry.account(id)
    if (!found) throw new UnknownAccountError(id)
    return found
  }
  const view = ({ id, addresses }: { id: string; addresses: readonly Address[] }) => ({
    account: id,
    addresses: [...addresses],
  })

  return createRouter()
    .openapi(prepare, async context => {
      const request = context.req.valid("json")
      const signer = spelled(request.address, "/address")
      const purpose = purposeOf(request, spelled)
      const issuedAt = clock.now()
      const expiresAt = issuedAt + MESSAGE_SECONDS
      const nonce = randomBytes(16).toString("hex")
      await registry.issueNonce(nonce, expiresAt)
      const terms = { domain: new URL(origin()).host, uri: origin(), nonce, issuedAt, expiresAt }
      return context.json({ message: signInText(signer, purpose, terms), nonce, expiresAt }, 201)
    })
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
      if (!known(id).addresses.includes(linked.address)) {
        throw refused(
          "/linked/address",
          "NOT_LINKED",
          `is not linked to ${id}; one of the account's addresses has to sign`,
        )
      }
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
      if (!known(id).addresses.includes(proof.address)) {
        throw refused(
          "/proof/address",
          "NOT_LINKED",
          `is not linked to ${id}; one of the account's addresses has to sign`,
        )
      }
      const nonce = await proved(proof, { kind: "unlink", account: id, other: leaving }, "/proof")
      return context.json(view(await registry.unlink(id, change(leaving, [nonce], [proof]))), 200)
    })
}

/** @throws InvalidInputError when the purpose and the addresses do not go together. */
function purposeOf(
  { purpose, account, other }: z.output<typeof messageRequest>,
  spelled: (text: string, pointer: string) => Address,
): SignInPurpose {
  if (purpose === "create") {
    if (other === undefined) return { kind: purpose, account }
    throw new InvalidInputError([{ pointer: "/other", code: "UNKNOWN_FIELD", detail: "create names no other address" }])
  }
  if (other === undefined) throw refused("/other", "INVALID_VALUE", `${purpose} names the other address`)
  return { kind: purpose, account, other: spelled(other, "/other") }
}
