/**
 * Our receiver program on the local Solana, beside as much of the Wormhole core bridge as it reads: the account of the
 * guardian set in force, in its real layout.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { PublicKey } from "@solana/web3.js"
import { guardianSetAddress, type SolanaReceiver } from "../../solana/receiver-address.js"
import { openInstructions } from "../../solana/receiver-open.js"
import { STATE_LENGTH } from "../../solana/receiver-state.js"
import { DEV_GUARDIAN_SET, DEV_GUARDIANS } from "../guardian-keys.js"
import type { Ledger } from "./ledger.js"
import type { LocalSolana } from "./start.js"

export interface GuardianSetAccount {
  readonly index: number
  /** 20 bytes each, hex with `0x`. */
  readonly keys: readonly string[]
  /** Unix seconds. */
  readonly createdAt: number
  /** Unix seconds; 0 for the set in force. */
  readonly expiresAt: number
}

/** index u32 · count u32 · keys, 20 bytes each · creation u32 · expiry u32, little-endian. */
export function guardianSetData({ index, keys, createdAt, expiresAt }: GuardianSetAccount): Buffer {
  const word = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const list = keys.map(key => Buffer.from(key.slice(2), "hex"))
  return Buffer.concat([word(index), word(keys.length), ...list, word(createdAt), word(expiresAt)])
}

const EXECUTABLE = createRequire(import.meta.url).resolve("#receiver.so")
/** Readable bytes as keys: nobody has a secret key of either. */
const CORE = new PublicKey(Buffer.from("wormhole core, devnet only......"))
const PROGRAM = new PublicKey(Buffer.from("plimsoll receiver, devnet only.."))

/** Deploys the program and opens its state for one emitter. */
export function deployReceiver(
  { ledger, seeder }: LocalSolana,
  source: Pick<SolanaReceiver["source"], "wormholeChain" | "emitter">,
): SolanaReceiver {
  const receiver = { program: PROGRAM, source: { ...source, core: CORE } }
  ledger.addProgram(PROGRAM.toBase58(), readFileSync(EXECUTABLE))
  putGuardianSet(ledger, CORE)
  const rent = ledger.minimumBalance(STATE_LENGTH)
  seeder.send([...openInstructions(receiver, seeder.authority.publicKey, rent)])
  return receiver
}

/** Puts the devnet's guardian set in force in place, as the core bridge at the given address keeps it. */
export function putGuardianSet(ledger: Ledger, core: PublicKey): void {
  const data = guardianSetData({
    index: DEV_GUARDIAN_SET,
    keys: DEV_GUARDIANS.map(({ account }) => account.address),
    createdAt: ledger.blocks.head.time,
    expiresAt: 0,
  })
  ledger.setAccount(guardianSetAddress(core, DEV_GUARDIAN_SET)[0].toBase58(), {
    lamports: ledger.minimumBalance(data.length),
    data,
    owner: core.toBase58(),
    executable: false,
  })
}
