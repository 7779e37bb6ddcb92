/**
 * What a contract needs to believe one account's health, or that an address has none attested.
 */
import { z } from "@hono/zod-openapi"
import { bytes32, decimal, orNull, statusSchema, unixSeconds } from "./schemas.js"

const scaled = z
  .string()
  .regex(/^-?\d+$/)
  .openapi("ScaledDollars", {
    description: "US dollars × 10^18, as contracts take them",
    example: "1500000000000000000",
  })

const contractLeaf = z
  .object({
    index: z.number().int(),
    wormholeChain: z.number().int(),
    holder: bytes32,
    account: bytes32,
    equity: scaled,
    initialMargin: scaled,
    maintenanceMargin: scaled,
    status: z.number().int().openapi({ description: "Place in the list of statuses" }),
    asOf: z.number().int(),
  })
  .openapi("ContractLeaf", { description: "The argument `leaf` of the receiver's verifyHealth" })

const contractHeader = z
  .object({
    wasmHash: bytes32,
    policyHash: bytes32,
    snapshotHash: bytes32,
    leafCount: z.number().int(),
    pinsHash: bytes32,
  })
  .openapi("ContractHeader", { description: "The argument `header` of the receiver's verifyHeader" })

const siblings = z.array(bytes32).openapi({ description: "Siblings from the leaf to the root" })

/** Everything that a contract needs to believe one account's health. */
export const proofSchema = z
  .object({
    account: z.string().nullable().openapi({ description: "Null for an account of an earlier epoch" }),
    address: z.string().openapi({ description: "CAIP-10" }),
    epoch: z.string(),
    root: bytes32,
    expiresAt: unixSeconds,
    delivered: z.boolean().openapi({ description: "Whether the address's own chain holds this epoch" }),
    status: statusSchema,
    health: orNull(decimal, "equity − maintenanceMargin; null without figures"),
    leaf: contractLeaf,
    proof: siblings,
    header: contractHeader,
    headerProof: z.array(bytes32),
    vaa: z
      .string()
      .nullable()
      .openapi({ description: "The signed message, hex: the argument of receiveAttestation; null until it is signed" }),
  })
  .openapi("Proof")

const neighbour = z.object({ leaf: contractLeaf, proof: siblings }).openapi("Neighbour")

/** The two leaves between which an address would stand, were it attested. */
export const absenceSchema = z
  .object({
    epoch: z.string(),
    root: bytes32,
    expiresAt: unixSeconds,
    wormholeChain: z.number().int(),
    holder: bytes32,
    before: orNull(neighbour, "Null when the address would be the first leaf"),
    after: orNull(neighbour, "Null when it would be the last: then leafCount says so"),
    header: contractHeader,
    headerProof: siblings,
  })
  .openapi("AbsenceProof")

export type ProofView = z.infer<typeof proofSchema>
