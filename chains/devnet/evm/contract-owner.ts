/**
 * A short way to deploy contracts and to call them as their one owner.
 */
import type { Abi, Address, TransactionReceipt } from "viem"
import type { Artifact, Libraries } from "./artifact.js"
import type { DevWallet } from "./deploy.js"

export interface Contract {
  readonly address: Address
  readonly abi: Abi
}

export interface Owner {
  readonly address: Address
  deploy(artifact: Artifact, args?: readonly unknown[], libraries?: Libraries): Promise<Contract>
  call(contract: Contract, functionName: string, ...args: readonly unknown[]): Promise<TransactionReceipt>
}

/** Deploys and administers as `address`. */
export const ownerOf = (wallet: DevWallet, address: Address): Owner => ({
  address,
  deploy: async (artifact, args = [], libraries = {}) => ({
    address: await wallet.deploy(artifact, args, { from: address, libraries }),
    abi: artifact.abi,
  }),
  call: (contract, functionName, ...args) =>
    wallet.write({ from: address, to: contract.address, abi: contract.abi, functionName, args }),
})
