/**
 * `/v1/attestations`: what was committed to, and where it has been delivered.
 */
import { createRoute } from "@hono/zod-openapi"
import { NotReadyError } from "../domain/errors.js"
import { attestationSchema } from "./schemas.js"
import { createRouter, jsonOf, problem, type Service } from "./service.js"
import { attestationView } from "./views.js"

const latest = createRoute({
  method: "get",
  path: "/v1/attestations/latest",
  summary: "The newest attestation: root, commitments, deliveries per chain",
  responses: { 200: jsonOf(attestationSchema, "The attestation"), 503: problem("Nothing has been attested yet") },
})

export function attestationRoutes({ book, show }: Service) {
  return createRouter().openapi(latest, context => {
    const record = book.latestEpoch
    if (!record) throw new NotReadyError("nothing has been attested yet; try again after the first epoch")
    return context.json(attestationView(record, show), 200)
  })
}
