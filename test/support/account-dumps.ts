/**
 * Accounts as they were on Solana's mainnet, kept outside of the project: named by `SOLANA_ACCOUNT_DUMPS`, or beside it.
 * Whoever has none sees in the tests' names that nothing real was decoded.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { it } from "vitest"
import { z } from "zod"
import type { SolanaAccount } from "../../chains/solana/adapter.js"

const FOLDER = resolve(process.env.SOLANA_ACCOUNT_DUMPS ?? "../shared/vectors/solana-accounts")

const dump = z.object({
  pubkey: z.string(),
  account: z.object({ lamports: z.int(), owner: z.string(), data: z.tuple([z.base64(), z.literal("base64")]) }),
})

/** By file name without its ending. */
export type AccountDumps = (name: string) => SolanaAccount

/** Runs tests on the dumps; without them it leaves one test that says so. */
export function withAccountDumps(tests: (dumps: AccountDumps) => void): void {
  if (existsSync(FOLDER)) tests(dumpsIn(FOLDER))
  else it(`DID NOT RUN on accounts of mainnet: there are no dumps in SOLANA_ACCOUNT_DUMPS (${FOLDER})`, () => {})
}

function dumpsIn(folder: string): AccountDumps {
  const files = readdirSync(folder).filter(file => file.endsWith(".json"))
  const dumps = new Map(files.map(file => [file.slice(0, -5), accountIn(readFileSync(resolve(folder, file), "utf8"))]))
  return name => {
    const found = dumps.get(name)
    if (!found) throw new RangeError(`there is no dump ${name}`)
    return found
  }
}

function accountIn(text: string): SolanaAccount {
  const { pubkey, account } = dump.parse(JSON.parse(text))
  const data = new Uint8Array(Buffer.from(account.data[0], "base64"))
  return { key: pubkey, owner: account.owner, lamports: BigInt(account.lamports), data }
}
