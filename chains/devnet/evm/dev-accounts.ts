/**
 * The keys of the local chains: anvil's published default mnemonic, for development only.
 * Each part of the devnet acts as an account of its own, so that parts deploy in parallel.
 */
import { type HDAccount, mnemonicToAccount } from "viem/accounts"

/** Devnet only: everybody knows these keys. */
const DEV_MNEMONIC = "test test test test test test test test test test test junk"

/** The account at m/44'/60'/0'/0/index; anvil funds the first 20. */
export const devAccount = (index: number): HDAccount => mnemonicToAccount(DEV_MNEMONIC, { addressIndex: index })
