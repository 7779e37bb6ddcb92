/**
 * Makes the empty state of one emitter: its rent is sent ahead, then the program claims the address.
 */
import { type PublicKey, SystemProgram, TransactionInstruction } from "@solana/web3.js"
import { fromBytes32 } from "../../aggregator/domain/leaf.js"
import { type SolanaReceiver, stateAddress, uint16 } from "./receiver-address.js"

const OPEN = 0

/**
 * To be sent in one transaction, once for an emitter, by anybody.
 *
 * @param rent lamports that keep `STATE_LENGTH` bytes alive.
 * @throws LeafEncodingError when the emitter is not 32 bytes.
 */
export function openInstructions(
  receiver: SolanaReceiver,
  payer: PublicKey,
  rent: bigint,
): readonly TransactionInstruction[] {
  const state = stateAddress(receiver)
  const { core, wormholeChain, emitter } = receiver.source
  return [
    SystemProgram.transfer({ fromPubkey: payer, toPubkey: state, lamports: rent }),
    new TransactionInstruction({
      programId: receiver.program,
      keys: [
        { pubkey: state, isSigner: false, isWritable: true },
        { pubkey: SystemProgram.programId, isSigner: false, isWritable: false },
      ],
      data: Buffer.concat([
        Uint8Array.of(OPEN),
        core.toBytes(),
        uint16(wormholeChain),
        fromBytes32("emitter", emitter),
      ]),
    }),
  ]
}
