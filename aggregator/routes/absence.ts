/**
 * `/v1/attestations/{epoch}/absence`: the two neighbours that leave no room for an address, so that anybody can check
 * that the epoch says nothing of it.
 */
import { createRoute, z } from "@hono/zod-openapi"
import type { Bytes32 } from "../domain/attestation.js"
import { InvalidInputError, NotPublishedError } from "../domain/errors.js"
import { pinsHash } from "../domain/leaf.js"
import { type AbsenceProof, proveAbsence } from "../domain/merkle.js"
import { treeOf } from "../pipeline/attest.js"
import { absenceSchema } from "./inclusion-schemas.js"
import { contractLeafOf } from "./proofs.js"
import { epochParameter } from "./schemas.js"
import { createRouter, jsonOf, problem, type Service } from "./service.js"

const readAbsence = createRoute({
  method: "get",
  path: "/v1/attestations/{epoch}/absence",
  summary: "Proof that an epoch has no leaf for an address: its two neighbours, their Merkle paths and the header",
  request: {
    params: z.object({ epoch: epochParameter }),
    query: z.object({
      chain: z.string().max(64).openapi({ description: "CAIP-2", example: "eip155:1337" }),
      holder: z
        .string()
        .regex(/^0x[0-9a-fA-F]{64}$/, "must be an address as 32 bytes: 0x and 64 hex digits")
        .transform(text => text.toLowerCase() as Bytes32)
        .openapi({ type: "string", description: "The address as leaves have it: EVM left-padded, Solana as is" }),
    }),
  },
  responses: {
    200: jsonOf(absenceSchema, "The proof"),
    400: problem("A parameter is malformed, or the epoch attests no such chain"),
    404: problem("The epoch is not kept here"),
    409: problem("The address has a leaf"),
  },
})

export function absenceRoutes({ book, kernel }: Service) {
  return createRouter().openapi(readAbsence, async context => {
    const { epoch } = context.req.valid("param")
    const { chain, holder } = context.req.valid("query")
    const attestation = await book.attestation(epoch)
    if (!attestation) throw new NotPublishedError(`epoch ${epoch}`)
    const wormholeChain = attestation.chains.find(each => each.chain === chain)?.wormholeChain
    if (wormholeChain === undefined) {
      const detail = `epoch ${epoch} attests ${attestation.chains.map(each => each.chain).join(", ")}`
      throw new InvalidInputError([{ pointer: "/chain", code: "UNKNOWN_CHAIN", detail }])
    }
    const absence = proveAbsence(treeOf(attestation, kernel), { wormholeChain, holder })
    const { pins, ...header } = absence.header
    const view = {
      epoch: String(epoch),
      root: attestation.root,
      expiresAt: attestation.timestamp + attestation.validity,
      wormholeChain,
      holder,
      before: neighbourOf(absence.before),
      after: neighbourOf(absence.after),
      header: { ...header, pinsHash: pinsHash(pins) },
      headerProof: [...absence.headerProof],
    }
    return context.json(view, 200)
  })
}

const neighbourOf = (proved: AbsenceProof["before"]) =>
  proved && { leaf: contractLeafOf(proved.leaf), proof: [...proved.proof] }
