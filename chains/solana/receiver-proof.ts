/**
 * Asks the receiver program to prove one account: by simulation, in a transaction, or from another program.
 */
import { TransactionInstruction } from "@solana/web3.js"
import type { AccountLeaf } from "../../aggregator/domain/attestation.js"
import { type Usd, usd } from "../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES, type AccountStatus } from "../../aggregator/domain/health.js"
import { fromBytes32, LeafEncodingError } from "../../aggregator/domain/leaf.js"
import type { MerkleProof } from "../../aggregator/domain/merkle.js"
import { LayoutError, viewOf } from "./layout.js"
import { type SolanaReceiver, stateAddress, uint16, uint32 } from "./receiver-address.js"

export interface ProvedHealth {
  /** Equity − maintenance margin. */
  readonly health: Usd
  readonly status: AccountStatus
}

const VERIFY = 2
const MONEY_BITS = 128
const RETURN_LENGTH = 17

/**
 * The instruction that proves a leaf: it fails unless the newest attestation is unexpired and commits to the leaf, and
 * the leaf has a health. Its return data is for `provedHealth`.
 *
 * @throws LeafEncodingError when a field is malformed or an amount needs more than 128 bits.
 */
export function verifyInstruction(
  receiver: SolanaReceiver,
  leaf: AccountLeaf,
  proof: MerkleProof,
): TransactionInstruction {
  return new TransactionInstruction({
    programId: receiver.program,
    keys: [{ pubkey: stateAddress(receiver), isSigner: false, isWritable: false }],
    data: Buffer.concat([
      Uint8Array.of(VERIFY),
      uint32(leaf.index),
      uint16(leaf.wormholeChain),
      fromBytes32("holder", leaf.holder),
      fromBytes32("account", leaf.account),
      money("equity", leaf.equity),
      money("initialMargin", leaf.initialMargin),
      money("maintenanceMargin", leaf.maintenanceMargin),
      Uint8Array.of(ACCOUNT_STATUSES.indexOf(leaf.status)),
      uint64(BigInt(leaf.asOf)),
      ...proof.map(sibling => fromBytes32("proof", sibling)),
    ]),
  })
}

/**
 * health i128 0 · status u8 16, little-endian.
 *
 * @throws LayoutError when the data is not what the program returns.
 */
export function provedHealth(returnData: Uint8Array): ProvedHealth {
  const view = viewOf("proved health", returnData, RETURN_LENGTH)
  const status = ACCOUNT_STATUSES[view.getUint8(16)]
  if (status === undefined) throw new LayoutError("proved health", `status ${view.getUint8(16)}`)
  return { health: usd((view.getBigInt64(8, true) << 64n) | view.getBigUint64(0, true)), status }
}

/** Two's complement, big-endian, 16 bytes. */
function money(field: string, amount: Usd): Uint8Array {
  if (BigInt.asIntN(MONEY_BITS, amount) !== amount) throw new LeafEncodingError(field, String(amount))
  const bits = BigInt.asUintN(MONEY_BITS, amount)
  return Buffer.concat([uint64(bits >> 64n), uint64(BigInt.asUintN(64, bits))])
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(value)
  return bytes
}
