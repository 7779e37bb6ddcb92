/**
 * The real Wormhole core contract on a local chain, from the bytecode its makers publish.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { type Address, concatBytes, encodeFunctionData, hexToBytes, pad, parseAbi, stringToHex, toHex } from "viem"
import { quorumOf } from "../../wormhole/vaa.js"
import { DEV_GUARDIAN_SET, DEV_GUARDIANS } from "../guardian-keys.js"
import { signMessage } from "../guardian-signing.js"
import type { Artifact } from "./artifact.js"
import type { DevWallet } from "./deploy.js"

const coreAbi = parseAbi([
  "constructor(address setup, bytes initData)",
  "function setup(address implementation, address[] initialGuardians, uint16 chainId, uint16 governanceChainId, bytes32 governanceContract, uint256 evmChainId)",
  "function submitNewGuardianSet(bytes vaa)",
])

/** Governance is on Solana, by its conventional contract. */
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

const UPGRADE_GUARDIAN_SET = 2

/** Puts the same guardians in force as the next set, by a governance message that the first set signs. */
export async function advanceGuardianSet(wallet: DevWallet, core: Address, from?: Address): Promise<void> {
  const successors = DEV_GUARDIANS.map(({ account }) => hexToBytes(account.address))
  const everyChain = Uint8Array.of(0, 0)
  const payload = concatBytes([
    hexToBytes(pad(stringToHex("Core"), { size: 32 })),
    Uint8Array.of(UPGRADE_GUARDIAN_SET),
    everyChain,
    hexToBytes(toHex(DEV_GUARDIAN_SET, { size: 4 })),
    Uint8Array.of(successors.length),
    ...successors,
  ])
  const message = { emitterChain: GOVERNANCE_CHAIN, emitter: GOVERNANCE_CONTRACT, sequence: 0n, timestamp: 0, nonce: 0 }
  const signers = DEV_GUARDIANS.slice(0, quorumOf(DEV_GUARDIANS.length))
  const vaa = signMessage({ ...message, consistencyLevel: 0, payload }, signers)
  const call = { to: core, abi: coreAbi, functionName: "submitNewGuardianSet", args: [toHex(vaa)] }
  await wallet.write({ ...call, ...(from && { from }) })
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
