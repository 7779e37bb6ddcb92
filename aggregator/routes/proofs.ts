/**
 * `/v1/accounts/{id}/proof`: one account's leaf with its Merkle path, ready to be handed to a contract.
 */
import { createRoute, z } from "@hono/zod-openapi"
import type { AccountLeaf } from "../domain/attestation.js"
import { splitAddress } from "../domain/caip.js"
import { formatDecimal } from "../domain/decimal.js"
import { NotPublishedError, NotReadyError, UnknownAccountError } from "../domain/errors.js"
import { ACCOUNT_STATUSES } from "../domain/health.js"
import { pinsHash } from "../domain/leaf.js"
import type { AttestationTree } from "../domain/merkle.js"
import { treeOf } from "../pipeline/attest.js"
import type { EpochRecord } from "../store/epoch-archive.js"
import type { MarginBook } from "../store/margin-book.js"
import { accountParameter } from "./account-id.js"
import { leavesCalled, ownerOf } from "./attested-leaves.js"
import { type ProofView, proofSchema } from "./inclusion-schemas.js"
import { epochParameter } from "./schemas.js"
import { createRouter, jsonOf, problem, type Service } from "./service.js"

const readProof = createRoute({
  method: "get",
  path: "/v1/accounts/{id}/proof",
  summary: "Leaf, Merkle path, header and signed message of one account: all that a contract needs",
  request: {
    params: accountParameter,
    query: z.object({
      chain: z.string().max(64).optional().openapi({
        description: "CAIP-2: which of the account's addresses; the first one when absent",
        example: "eip155:1337",
      }),
      epoch: epochParameter.optional().openapi({
        description: "The newest that the address's chain holds when absent, or the newest when it holds none",
      }),
    }),
  },
  responses: {
    200: jsonOf(proofSchema, "The proof"),
    400: problem("A parameter is malformed"),
    404: problem("No such account, address or epoch"),
    503: problem("Nothing has been attested yet"),
  },
})

export function proofRoutes({ book, kernel }: Service) {
  return createRouter().openapi(readProof, async context => {
    const { id } = context.req.valid("param")
    const { chain, epoch } = context.req.valid("query")
    if (!book.latestEpoch) throw new NotReadyError("nothing has been attested yet; try again after the first epoch")
    const wanted = (leaf: AccountLeaf) => chain === undefined || splitAddress(leaf.address).chain === chain
    const records = await recordsFor(book, epoch)
    const leaves = await leavesCalled(
      book,
      id,
      records.map(each => each.attestation.epoch),
    )
    const found = records.flatMap(record => {
      const leaf = leaves.get(record.attestation.epoch)?.find(wanted)
      return leaf ? [{ record, leaf }] : []
    })
    const [newest] = found
    if (!newest) throw new UnknownAccountError(chain === undefined ? id : `${id} on ${chain}`)
    const { record, leaf } = found.find(each => isDelivered(each.record, each.leaf)) ?? newest
    const attestation = await book.attestation(record.attestation.epoch)
    if (!attestation) throw new NotPublishedError(`epoch ${record.attestation.epoch}`)
    const tree = treeOf(attestation, kernel)
    return context.json(proofView(record, leaf, ownerOf(book, leaf, id)?.id ?? null, tree), 200)
  })
}

/** How far back a delivered epoch is looked for. */
const SEARCHED_EPOCHS = 20

async function recordsFor(book: MarginBook, epoch: bigint | undefined): Promise<readonly EpochRecord[]> {
  if (epoch === undefined) return book.epochsBefore(null, SEARCHED_EPOCHS)
  const record = await book.epoch(epoch)
  if (!record) throw new NotPublishedError(`epoch ${epoch}`)
  return [record]
}

function isDelivered({ deliveries }: EpochRecord, { address }: AccountLeaf): boolean {
  const { chain } = splitAddress(address)
  return deliveries.some(each => each.chain === chain && each.status === "DELIVERED")
}

function proofView(record: EpochRecord, leaf: AccountLeaf, account: string | null, tree: AttestationTree): ProofView {
  const { attestation, vaa } = record
  const { pins, ...header } = attestation.header
  const unknown = leaf.status === "STALE" || leaf.status === "UNAVAILABLE"
  return {
    account,
    address: leaf.address,
    epoch: String(attestation.epoch),
    root: attestation.root,
    expiresAt: attestation.timestamp + attestation.validity,
    delivered: isDelivered(record, leaf),
    status: leaf.status,
    health: unknown ? null : formatDecimal(leaf.equity - leaf.maintenanceMargin),
    leaf: contractLeafOf(leaf),
    proof: [...tree.proof(leaf.index)],
    header: { ...header, pinsHash: pinsHash(pins) },
    headerProof: [...tree.headerProof()],
    vaa: vaa && `0x${Buffer.from(vaa).toString("hex")}`,
  }
}

/** A leaf as contracts take it. */
export const contractLeafOf = (leaf: AccountLeaf): ProofView["leaf"] => ({
  index: leaf.index,
  wormholeChain: leaf.wormholeChain,
  holder: leaf.holder,
  account: leaf.account,
  equity: String(leaf.equity),
  initialMargin: String(leaf.initialMargin),
  maintenanceMargin: String(leaf.maintenanceMargin),
  status: ACCOUNT_STATUSES.indexOf(leaf.status),
  asOf: leaf.asOf,
})
