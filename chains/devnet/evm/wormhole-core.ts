/**
 * The real Wormhole core contract on a local chain, from the bytecode its makers publish.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { type Address, encodeFunctionData, parseAbi } from "viem"
import { DEV_GUARDIANS } from "../guardian-keys.js"
import type { Artifact } from "./artifact.js"
import type { DevWallet } from "./deploy.js"

const coreAbi = parseAbi([
  "constructor(address setup, bytes initData)",
  "function setup(address implementation, address[] initialGuardians, uint16 chainId, uint16 governanceChainId, bytes32 governanceContract, uint256 evmChainId)",
])

/** Governance is on Solana, by its conventional contract; nothing on the devnet uses it. */
const GOVERNANCE_CHAIN = 1
const GOVERNANCE_CONTRACT = `0x${"4".padStart(64, "0")}` as const

/**
 * Deploys the core with the devnet's guardian set.
 *
 * @param wormholeChain the chain's id in Wormhole's numbering.
 */
export async function deployWormholeCore(wallet: DevWallet, wormholeChain: number, from?: Address): Promise<Address> {
  const options = from ? { from } : {}
  const setup = await wallet.deploy(publishedContract("Setup"), [], options)
  const implementation = await wallet.deploy(publishedContract("Implementation"), [], options)
  const guardians = DEV_GUARDIANS.map(({ account }) => account.address)
  const initData = encodeFunctionData({
    abi: coreAbi,
    functionName: "setup",
    args: [implementation, guardians, wormholeChain, GOVERNANCE_CHAIN, GOVERNANCE_CONTRACT, BigInt(wallet.chain.id)],
  })
  return wallet.deploy(publishedContract("Wormhole"), [setup, initData], options)
}

/** The package holds bytecode only inside modules that load all of ethers: reading the text is 100 times faster. */
function publishedContract(contractName: "Setup" | "Implementation" | "Wormhole"): Artifact {
  const require = createRequire(import.meta.url)
  const module = `@certusone/wormhole-sdk/lib/cjs/ethers-contracts/factories/${contractName}__factory.js`
  const [, bytecode] = /const _bytecode = "(0x[0-9a-f]+)"/.exec(readFileSync(require.resolve(module), "utf8")) ?? []
  if (!bytecode) throw new Error(`${module} holds no bytecode`)
  const abi = contractName === "Wormhole" ? coreAbi : []
  return { contractName, abi, bytecode, linkReferences: {} }
}
