/**
 * Every call of the service in one router; its type is what the typed client is made from.
 */
import { absenceRoutes } from "./absence.js"
import { accountWebhookRoutes } from "./account-webhooks.js"
import { accountRoutes } from "./accounts.js"
import { attestationRoutes } from "./attestations.js"
import { changesRoutes } from "./changes.js"
import { explainRoutes } from "./explain.js"
import { historyRoutes } from "./history.js"
import { linkingRoutes } from "./linking.js"
import { liquidationRoutes } from "./liquidation.js"
import { marketRoutes } from "./market.js"
import { policyRoutes } from "./policies.js"
import { probeRoutes } from "./probes.js"
import type { Linking } from "./proof-schemas.js"
import { proofRoutes } from "./proofs.js"
import { riskArrayRoutes } from "./risk-array.js"
import { createRouter, type Service } from "./service.js"
import { signInMessageRoutes } from "./sign-in-messages.js"
import { simulateRoutes } from "./simulate.js"
import { streamRoutes } from "./stream.js"
import { type Webhooks, webhookRoutes } from "./webhooks.js"

export interface RouteDependencies extends Service {
  readonly linking: Linking
  readonly webhooks: Webhooks
  /** Aborted when the service stops: ends the streams. */
  readonly closing: AbortSignal
}

export const serviceRoutes = (dependencies: RouteDependencies) =>
  createRouter()
    .route("/", accountRoutes(dependencies))
    .route("/", historyRoutes(dependencies))
    .route("/", explainRoutes(dependencies))
    .route("/", riskArrayRoutes(dependencies))
    .route("/", liquidationRoutes(dependencies))
    .route("/", changesRoutes(dependencies))
    .route("/", signInMessageRoutes(dependencies.linking, dependencies.webhooks.owners))
    .route("/", linkingRoutes(dependencies.linking))
    .route("/", accountWebhookRoutes(dependencies.linking, dependencies.webhooks.owners))
    .route("/", webhookRoutes(dependencies.webhooks))
    .route("/", marketRoutes(dependencies))
    .route("/", simulateRoutes(dependencies))
    .route("/", attestationRoutes(dependencies))
    .route("/", proofRoutes(dependencies))
    .route("/", absenceRoutes(dependencies))
    .route("/", policyRoutes(dependencies))
    .route("/", probeRoutes(dependencies))
    .route("/", streamRoutes(dependencies, dependencies.closing))

export type ServiceRoutes = ReturnType<typeof serviceRoutes>
