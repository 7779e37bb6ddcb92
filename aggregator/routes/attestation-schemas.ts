/**
 * Epochs as they were attested, published and delivered.
 */
import { z } from "@hono/zod-openapi"
import { bytes32, chain, unixSeconds } from "./schemas.js"

const deliverySchema = z
  .object({
    chain,
    name: z.string(),
    status: z.enum(["PENDING", "DELIVERED", "FAILED", "SUPERSEDED"]),
    transaction: z.string().nullable(),
    gasUsed: z.string().nullable().openapi({ description: "Gas, or compute units on Solana" }),
    fee: z.string().nullable().openapi({ description: "What it cost there, in wei or lamports" }),
    reason: z.string().nullable(),
  })
  .openapi("Delivery")

export const attestationSchema = z
  .object({
    epoch: z.string(),
    root: bytes32,
    timestamp: unixSeconds,
    validity: z.number().int(),
    inputGrade: z.enum(["single", "quorum", "query"]),
    wasmHash: bytes32,
    policyHash: bytes32,
    snapshotHash: bytes32,
    leafCount: z.number().int(),
    publication: z.object({ chain, transaction: z.string(), sequence: z.string() }).nullable(),
    deliveries: z.array(deliverySchema),
  })
  .openapi("Attestation")

export const attestationListSchema = z
  .object({
    attestations: z.array(attestationSchema),
    next: z.string().nullable().openapi({ description: "Cursor of the next page; null on the last" }),
  })
  .openapi("AttestationList")

export type AttestationView = z.infer<typeof attestationSchema>
