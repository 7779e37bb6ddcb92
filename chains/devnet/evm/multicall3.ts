/**
 * Multicall3 on a local chain: anvil does not preload it, and the readers need it for their batches.
 */
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { type Address, multicall3Abi } from "viem"
import { z } from "zod"
import type { DevWallet } from "./deploy.js"

const require = createRequire(import.meta.url)

/** viem carries the creation code for its deployless calls but does not export it: read from the file it lies in. */
function creationCode(): string {
  const viem = dirname(require.resolve("viem/package.json"))
  const constants = z.object({ multicall3Bytecode: z.string().startsWith("0x") })
  return constants.parse(require(join(viem, "_cjs", "constants", "contracts.js"))).multicall3Bytecode
}

/** Deploys Multicall3 and returns its address, which is not the one it has on public chains. */
export const deployMulticall3 = (wallet: DevWallet, from?: Address): Promise<Address> =>
  wallet.deploy(
    { contractName: "Multicall3", abi: multicall3Abi, bytecode: creationCode(), linkReferences: {} },
    [],
    from && { from },
  )
