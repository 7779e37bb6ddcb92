/**
 * `/v1/accounts/{id}/proof`: one account's leaf with its Merkle path, ready to be handed to a contract.
 */
import { createRoute, z } from "@hono/zod-openapi"
import type { AccountLeaf } from "../domain/attestation.js"
import { splitAddress } from "../domain/caip.js"
import { formatDecimal } from "../domain/decimal.js"
import { NotPublishedError, NotReadyError, UnknownAccountError } from "../domain/errors.js"
import type { Keccak } from "../domain/hashing.js"
import { ACCOUNT_STATUSES } from "../domain/health.js"
import { accountHash, pinsHash } from "../domain/leaf.js"
import { treeOf } from "../pipeline/attest.js"
import type { EpochRecord } from "../store/epoch-archive.js"
import type { MarginBook } from "../store/margin-book.js"
import { accountParameter, isLeafOf } from "./account-id.js"
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
    const wanted = (leaf: AccountLeaf) =>
      isLeafOf(leaf, id) && (chain === undefined || splitAddress(leaf.address).chain === chain)
    const found = (await recordsFor(book, epoch)).flatMap(record => {
      const leaf = record.attestation.leaves.find(wanted)
      return leaf ? [{ record, leaf }] : []
    })
    const [newest] = found
    if (!newest) throw new UnknownAccountError(chain === undefined ? id : `${id} on ${chain}`)
    const { record, leaf } = found.find(each => isDelivered(each.record, each.leaf)) ?? newest
    const account = book.latest?.snapshot.accounts.find(each => accountHash(each.id) === leaf.account)
    return context.json(proofView(record, leaf, account?.id ?? null, kernel), 200)
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

function proofView(record: EpochRecord, leaf: AccountLeaf, account: string | null, keccak: Keccak): ProofView {
  const { attestation, vaa } = record
  const tree = treeOf(attestation, keccak)
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
