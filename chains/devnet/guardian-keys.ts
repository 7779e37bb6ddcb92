/**
 * Nineteen guardian keys for local chains, as many as the main network has. Devnet only: anybody can derive them.
 */
import { type Hex, keccak256, stringToBytes } from "viem"
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts"

/**
 * The guardian set in force on the devnet's chains. Not the first: the core bridge on Solana never expired set 0, which
 * is why the receiver program takes nothing from it.
 */
export const DEV_GUARDIAN_SET = 1

const SEED = "plimsoll devnet guardian"

export interface DevGuardian {
  /** Place in the guardian set. */
  readonly index: number
  readonly privateKey: Hex
  readonly account: PrivateKeyAccount
}

export const DEV_GUARDIANS: readonly DevGuardian[] = Array.from({ length: 19 }, (_, index) => {
  const privateKey = keccak256(stringToBytes(`${SEED} ${index}`))
  return { index, privateKey, account: privateKeyToAccount(privateKey) }
})
