/**
 * `/v1/attestations`: what was committed to, everything it was computed from, and where it has been delivered.
 */
import { Readable } from "node:stream"
import { createRoute, z } from "@hono/zod-openapi"
import { NotPublishedError, NotReadyError, NotSignedError } from "../domain/errors.js"
import { encodeCommitment } from "../pipeline/commitment-format.js"
import { attestationListSchema, attestationSchema } from "./attestation-schemas.js"
import { epochParameter } from "./schemas.js"
import { bytesOf, createRouter, jsonOf, problem, type Service } from "./service.js"
import { attestationView } from "./views.js"

const MOST_LISTED = 100

const list = createRoute({
  method: "get",
  path: "/v1/attestations",
  summary: "The attestations that are kept, newest first",
  request: {
    query: z.object({
      cursor: epochParameter.optional().openapi({ description: "`next` of the page before" }),
      limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(20),
    }),
  },
  responses: { 200: jsonOf(attestationListSchema, "One page"), 400: problem("The cursor or the limit is none") },
})

const latest = createRoute({
  method: "get",
  path: "/v1/attestations/latest",
  summary: "The newest attestation: root, commitments, deliveries per chain",
  responses: { 200: jsonOf(attestationSchema, "The attestation"), 503: problem("Nothing has been attested yet") },
})

const ofEpoch = { request: { params: z.object({ epoch: epochParameter }) } }
const refusals = { 400: problem("That is no epoch"), 404: problem("The epoch is not kept here") }

const one = createRoute({
  method: "get",
  path: "/v1/attestations/{epoch}",
  summary: "One attestation: root, commitments, deliveries per chain",
  ...ofEpoch,
  responses: { 200: jsonOf(attestationSchema, "The attestation"), ...refusals },
})

const snapshot = createRoute({
  method: "get",
  path: "/v1/attestations/{epoch}/snapshot",
  summary: "Everything the epoch was computed from: the bytes whose SHA-256 is `snapshotHash`",
  ...ofEpoch,
  responses: { 200: bytesOf("application/json", "The snapshot, format plimsoll/snapshot/1"), ...refusals },
})

const commitment = createRoute({
  method: "get",
  path: "/v1/attestations/{epoch}/commitment",
  summary: "Everything the epoch's root commits to: terms, header, every leaf",
  ...ofEpoch,
  responses: { 200: bytesOf("application/json", "The commitment, format plimsoll/commitment/1"), ...refusals },
})

const vaa = createRoute({
  method: "get",
  path: "/v1/attestations/{epoch}/vaa",
  summary: "The message as the guardians signed it",
  ...ofEpoch,
  responses: { 200: bytesOf("application/octet-stream", "The VAA"), ...refusals },
})

export function attestationRoutes({ book, show }: Service) {
  const kept = async (epoch: bigint) => {
    const record = await book.epoch(epoch)
    if (!record) throw new NotPublishedError(`epoch ${epoch}`)
    return record
  }
  const json = { "content-type": "application/json" }
  return createRouter()
    .openapi(list, async context => {
      const { cursor, limit } = context.req.valid("query")
      const records = await book.epochsBefore(cursor ?? null, limit + 1)
      const page = records.slice(0, limit)
      const last = page.at(-1)
      const next = last && records.length > limit ? String(last.attestation.epoch) : null
      return context.json({ attestations: page.map(record => attestationView(record, show)), next }, 200)
    })
    .openapi(latest, context => {
      const record = book.latestEpoch
      if (!record) throw new NotReadyError("nothing has been attested yet; try again after the first epoch")
      return context.json(attestationView(record, show), 200)
    })
    .openapi(one, async context => {
      const { epoch } = context.req.valid("param")
      return context.json(attestationView(await kept(epoch), show), 200)
    })
    .openapi(snapshot, async context => {
      const { epoch } = context.req.valid("param")
      const text = await book.snapshotText(epoch)
      if (!text) throw new NotPublishedError(`the snapshot of epoch ${epoch}`)
      return context.body(Readable.toWeb(Readable.from(text)) as ReadableStream, 200, json)
    })
    .openapi(commitment, async context => {
      const { epoch } = context.req.valid("param")
      const attestation = await book.attestation(epoch)
      if (!attestation) throw new NotPublishedError(`epoch ${epoch}`)
      return context.body(encodeCommitment(attestation), 200, json)
    })
    .openapi(vaa, async context => {
      const { epoch } = context.req.valid("param")
      const { vaa: signed } = await kept(epoch)
      if (!signed) throw new NotSignedError(epoch)
      return context.body(new Uint8Array(signed), 200, { "content-type": "application/octet-stream" })
    })
}
