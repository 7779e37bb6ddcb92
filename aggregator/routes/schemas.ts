/**
 * Every JSON shape the service speaks, once: validation, OpenAPI document and the page's types come from here.
 */
import { z } from "@hono/zod-openapi"
import type { Bytes32 } from "../domain/attestation.js"
import { ACCOUNT_STATUSES } from "../domain/health.js"

export const decimal = z
  .string()
  .regex(/^-?\d+(\.\d{1,18})?$/)
  .openapi("Decimal", { description: "Decimal string; never a JSON number.", example: "1234.56" })

/** Bounded, so that no request can ask for arithmetic on numbers of any length. */
export const givenDecimal = z
  .string()
  .regex(/^-?\d{1,18}(\.\d{1,18})?$/, {
    abort: true,
    error: 'must be a decimal string such as "-12.5", at most 18 digits on each side',
  })
  .openapi("GivenDecimal", { description: "Decimal string, at most 18 digits on each side of the point." })

/**
 * A shape with a name, or null. `nullable()` of such a shape would be described as both at once, which nothing is.
 */
export const orNull = <Shape extends z.ZodType>(shape: Shape, description?: string) =>
  z.union([shape, z.null()]).openapi(description === undefined ? {} : { description })

const bytes32 = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .openapi("Bytes32")
export const chain = z.string().openapi({ description: "CAIP-2 chain id", example: "eip155:1337" })
export const unixSeconds = z.number().int().openapi({ description: "Unix seconds", example: 1_790_000_000 })

export const epochParameter = z
  .string()
  .regex(/^\d{1,20}$/, { abort: true, error: "must be an epoch, a whole number" })
  .transform(BigInt)
  .openapi({ type: "string", example: "42" })

export const hashParameter = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, "must be a SHA-256 hash, 0x and 64 lower-case hex digits")
  .transform(text => text as Bytes32)
  .openapi({ type: "string" })

export const statusSchema = z.enum(ACCOUNT_STATUSES).openapi("AccountStatus", {
  description: "NORMAL → MARGIN_CALL → REDUCE_ONLY → LIQUIDATABLE → BANKRUPT; STALE and UNAVAILABLE carry no figures.",
})

/** When the account's oldest input was read, and the moment that ages are measured from. */
export const accountAsOf = { asOf: unixSeconds, valuationTime: unixSeconds }

const reasonSchema = z.object({ code: z.string(), chain: chain.nullable(), detail: z.string() }).openapi("StatusReason")

export const chainStateSchema = z
  .object({
    chain,
    name: z.string(),
    status: z.enum(["ok", "unavailable"]),
    height: z.string().nullable().openapi({ description: "Block number, or the first slot of the pinned range" }),
    blockHash: z.string().nullable(),
    time: unixSeconds.nullable().openapi({ description: "The pinned block's own time" }),
    age: z.number().nullable().openapi({ description: "Seconds behind the valuation time" }),
    finality: z.string().nullable(),
    inputGrade: z.enum(["single", "quorum", "query"]).nullable(),
    reason: z.string().nullable(),
  })
  .openapi("ChainState")

const haircutSchema = z.object({ name: z.string(), amount: decimal }).openapi("Haircut")

const collateralSchema = z
  .object({
    chain,
    venue: z.string(),
    asset: z.string().openapi({ description: "CAIP-19" }),
    symbol: z.string(),
    amount: decimal,
    price: orNull(decimal),
    marketValue: decimal,
    haircuts: z.array(haircutSchema),
    collateralValue: decimal,
  })
  .openapi("Collateral")

const debtSchema = z
  .object({
    chain,
    venue: z.string(),
    asset: z.string(),
    symbol: z.string(),
    amount: decimal,
    price: decimal,
    marketValue: decimal,
    haircuts: z.array(haircutSchema),
    liabilityValue: decimal,
  })
  .openapi("Debt")

const positionSchema = z
  .object({
    chain,
    venue: z.string(),
    instrument: z.string().openapi({ example: "ETH-25DEC26-3200-C" }),
    quantity: decimal.openapi({ description: "+ long, − short" }),
    state: z.enum(["active", "expired"]),
    mark: decimal,
    markToMarket: decimal,
    worstScenarioLoss: decimal.openapi({
      description:
        "Loss in the unit's worst scenario; with collateralLoss and otherLoss a unit's add up to its scanning risk",
    }),
    standaloneMargin: decimal.openapi({ description: "Maintenance margin of this position alone" }),
  })
  .openapi("Position")

export const unitSchema = z
  .object({
    underlying: z.string(),
    scanningRisk: decimal,
    worstScenario: z.number().int().nullable(),
    collateralLoss: decimal.openapi({ description: "Of scanned collateral in the worst scenario" }),
    otherLoss: decimal.openapi({ description: "Value discounts, dampeners and roundings of that scenario" }),
    basisLoss: decimal,
    parts: z
      .array(z.object({ name: z.string(), rule: z.enum(["charge", "floor"]), loss: decimal }))
      .openapi({ description: "Parts with scenarios of their own: added to the scan, or the least the unit needs" }),
    shortOptionMinimum: decimal,
    lotRemainder: decimal,
    requirement: decimal,
  })
  .openapi("RiskUnit")

const chargeSchema = z
  .object({
    name: z.string(),
    unit: z.string().nullable(),
    subject: z.string(),
    maintenance: decimal,
    liquidationEnd: decimal,
    initial: decimal,
  })
  .openapi("Charge", { description: "Part of the margin at each threshold; all charges add up to it exactly" })

export const figuresSchema = z
  .object({
    rawEquity: decimal,
    equity: decimal,
    initialMargin: decimal,
    liquidationEndMargin: decimal,
    maintenanceMargin: decimal,
    health: decimal.openapi({ description: "equity − maintenanceMargin" }),
    initialHealth: decimal.openapi({ description: "equity − initialMargin" }),
    healthFactor: orNull(decimal, "equity / maintenanceMargin; null without margin"),
    marginRatio: orNull(decimal),
    standaloneMargin: decimal.openapi({ description: "What the positions would need one by one" }),
  })
  .openapi("MarginFigures")

const policyRef = z.object({ name: z.string(), version: z.number().int(), hash: bytes32 }).openapi("PolicyReference")

export const marginSchema = z
  .object({
    account: z.string(),
    addresses: z.array(z.string()),
    status: statusSchema,
    reasons: z.array(reasonSchema),
    figures: orNull(figuresSchema),
    components: z.object({
      collateral: z.array(collateralSchema),
      debts: z.array(debtSchema),
      positions: z.array(positionSchema),
      units: z.array(unitSchema),
      charges: z.array(chargeSchema),
    }),
    chains: z.array(chainStateSchema),
    asOf: unixSeconds,
    policy: policyRef,
    epoch: z.string().nullable().openapi({ description: "Last epoch that attested this account" }),
  })
  .openapi("Margin")

export const simulationSchema = marginSchema
  .pick({ status: true, reasons: true, figures: true, components: true, policy: true })
  .openapi("Simulation")

const accountSchema = z
  .object({
    account: z.string(),
    addresses: z.array(z.string()),
    status: statusSchema,
    figures: orNull(figuresSchema),
    asOf: unixSeconds,
  })
  .openapi("Account")

export const accountListSchema = z
  .object({
    valuationTime: unixSeconds,
    accounts: z.array(accountSchema),
    next: z.string().nullable().openapi({ description: "Cursor of the next page; null on the last" }),
  })
  .openapi("AccountList")

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

const listedPolicy = z
  .object({
    ...policyRef.shape,
    inUse: z.boolean().openapi({ description: "Whether this service margins and attests by it" }),
  })
  .openapi("ListedPolicy")

export const policyListSchema = z.object({ policies: z.array(listedPolicy) }).openapi("PolicyList")

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
    before: z.union([neighbour, z.null()]).openapi({ description: "Null when the address would be the first leaf" }),
    after: z
      .union([neighbour, z.null()])
      .openapi({ description: "Null when it would be the last: then leafCount says so" }),
    header: contractHeader,
    headerProof: siblings,
  })
  .openapi("AbsenceProof")

/** What `/v1/stream` sends as `event: overview`, at once and then after every refresh. */
export const overviewSchema = z
  .object({
    valuationTime: unixSeconds,
    accounts: z.array(marginSchema),
    prices: z.array(z.object({ symbol: z.string(), price: orNull(decimal), reason: z.string().nullable() })),
    chains: z.array(chainStateSchema),
    attestation: orNull(attestationSchema),
  })
  .openapi("Overview")

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
  })
  .openapi("Problem")

export const readinessSchema = z
  .object({ ready: z.boolean(), checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })) })
  .openapi("Readiness")

export type Margin = z.infer<typeof marginSchema>
export type AttestationView = z.infer<typeof attestationSchema>
export type ProofView = z.infer<typeof proofSchema>
export type Overview = z.infer<typeof overviewSchema>
export type Simulation = z.infer<typeof simulationSchema>
export type ChainStateView = z.infer<typeof chainStateSchema>
export type Problem = z.infer<typeof problemSchema>
