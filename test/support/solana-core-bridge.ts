/**
 * The Wormhole core bridge on a local Solana as the official SDK sees it: its accounts in their real layouts, the
 * devnet's guardians in force. Its program is not ours to carry; whoever has it names the file.
 */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { type Keypair, PublicKey, type Transaction, VersionedTransaction } from "@solana/web3.js"
import { toNative, type WormholeCore, wormhole } from "@wormhole-foundation/sdk"
import solana from "@wormhole-foundation/sdk/solana"
import { deserializeLayout, type Layout, type LayoutToType, serializeLayout } from "@wormhole-foundation/sdk-base"
import { DEV_GUARDIAN_SET } from "../../chains/devnet/guardian-keys.js"
import type { TransactionOutcome } from "../../chains/devnet/solana/ledger.js"
import { putGuardianSet } from "../../chains/devnet/solana/receiver.js"
import { startSolana } from "../../chains/devnet/solana/start.js"
import type { SignedMessage } from "../../chains/wormhole/vaa.js"

/** The one build of the program that this leg is known for. */
const CORE_BRIDGE_SHA256 = "6e484f83db70904c4208459bd8b8784964ca97600472c8c0f3a40a77b1fcf724"

export class WrongCoreBridgeError extends Error {
  constructor(path: string, found: string) {
    super(`CORE_BRIDGE_SO: ${path} has the sha256 ${found}; give the core bridge's, ${CORE_BRIDGE_SHA256}`)
  }
}

/** @throws WrongCoreBridgeError for a file of another sha256. */
export async function coreBridgeProgram(path: string): Promise<Uint8Array> {
  const program = await readFile(path)
  const found = createHash("sha256").update(program).digest("hex")
  if (found !== CORE_BRIDGE_SHA256) throw new WrongCoreBridgeError(path, found)
  return program
}

const uint = <Name extends string, Size extends 1 | 2 | 4 | 8>(name: Name, size: Size) =>
  ({ name, binary: "uint", size, endianness: "little" }) as const

const bridgeConfigLayout = [
  uint("guardianSetIndex", 4),
  uint("lastLamports", 8),
  uint("guardianSetExpiration", 4),
  uint("fee", 8),
] as const satisfies Layout

/** In seconds: how long the set before stays good after a rotation, as on the main network. */
const GUARDIAN_SET_EXPIRATION = 86_400
/** In lamports. */
export const MESSAGE_FEE = 100n

const postedVaaLayout = [
  { name: "tag", binary: "bytes", custom: Buffer.from("vaa"), omit: true },
  uint("version", 1),
  uint("consistencyLevel", 1),
  uint("timestamp", 4),
  { name: "signatureSet", binary: "bytes", size: 32 },
  uint("submittedAt", 4),
  uint("nonce", 4),
  uint("sequence", 8),
  uint("emitterChain", 2),
  { name: "emitter", binary: "bytes", size: 32 },
  { name: "payload", binary: "bytes", lengthSize: 4, lengthEndianness: "little" },
] as const satisfies Layout

/** What the core bridge keeps of a message whose signatures it has checked. */
export type PostedVaa = LayoutToType<typeof postedVaaLayout>

export const encodePostedVaa = (posted: PostedVaa): Uint8Array => serializeLayout(postedVaaLayout, posted)

/** @throws Error when the data is no posted VAA, to the last byte. */
export const decodePostedVaa = (data: Uint8Array): PostedVaa => deserializeLayout(postedVaaLayout, data)

/** The SDK's class has this beside what its interface for all chains says. */
type SolanaCore = WormholeCore<"Devnet", "Solana"> & {
  parsePostMessageAccount(key: PublicKey): Promise<SignedMessage>
}

export type CoreBridge = Awaited<ReturnType<typeof startCoreBridge>>

/** One in a process: the SDK's configuration is global. */
export async function startCoreBridge() {
  const local = await startSolana({ lag: { processed: 0, confirmed: 0, finalized: 0 } })
  const { ledger, seeder } = local
  // Readable bytes as a key: nobody has a secret key of it.
  const core = new PublicKey(Buffer.from("core bridge under test, dev only"))
  const put = (key: PublicKey, data: Uint8Array) =>
    ledger.setAccount(key.toBase58(), {
      lamports: ledger.minimumBalance(data.length),
      data,
      owner: core.toBase58(),
      executable: false,
    })
  const config = PublicKey.findProgramAddressSync([Buffer.from("Bridge")], core)[0]
  const settings = {
    guardianSetIndex: DEV_GUARDIAN_SET,
    lastLamports: 0n,
    guardianSetExpiration: GUARDIAN_SET_EXPIRATION,
    fee: MESSAGE_FEE,
  }
  put(config, serializeLayout(bridgeConfigLayout, settings))
  putGuardianSet(ledger, core)

  const integrator = await wormhole("Devnet", [solana], {
    chains: { Solana: { rpc: local.url, contracts: { coreBridge: core.toBase58() } } },
  })
  const sdk = (await integrator.getChain("Solana").getWormholeCore()) as SolanaCore
  const payer = seeder.authority
  /** Signed, as a network takes it. @throws Error when it is too large for one. */
  const wire = ({ transaction, signers = [] }: SdkTransaction): Uint8Array => {
    transaction.feePayer = payer.publicKey
    transaction.recentBlockhash = ledger.blocks.head.blockhash
    transaction.sign(payer, ...signers)
    return transaction.serialize()
  }
  return {
    core,
    config,
    sdk,
    payer,
    load: (program: Uint8Array) => ledger.addProgram(core.toBase58(), program),
    /** Where the message is kept once its signatures have been checked. */
    postedAddress: ({ hash }: SignedMessage) =>
      PublicKey.findProgramAddressSync([Buffer.from("PostedVAA"), hash], core)[0],
    account: (key: PublicKey) => ledger.view("processed").account(key.toBase58()),
    put,
    /** What the SDK asks an integrator to sign and send, in this order. */
    async verification(vaa: SignedMessage): Promise<readonly SdkTransaction[]> {
      const asked: SdkTransaction[] = []
      for await (const { transaction } of sdk.verifyMessage(toNative("Solana", payer.publicKey.toBase58()), vaa)) {
        asked.push(transaction)
      }
      return asked
    },
    wire,
    run: (one: SdkTransaction): TransactionOutcome => ledger.execute(VersionedTransaction.deserialize(wire(one))),
    stop: () => local.stop(),
  }
}

/** As the SDK hands it over: signers beside the payer. */
export interface SdkTransaction {
  readonly transaction: Transaction
  readonly signers?: readonly Keypair[]
}
