/**
 * Lyra Avalon's published contracts, by name, and a short way to deploy and call them as one owner.
 */
import type { Abi, Address, TransactionReceipt } from "viem"
import { type Artifact, type Libraries, loadArtifact } from "./artifact.js"
import type { DevWallet } from "./deploy.js"

export interface Contract {
  readonly address: Address
  readonly abi: Abi
}

/** Path below the package's contracts → what is deployed. */
const FOLDERS = {
  BlackScholes: "libraries/",
  GWAV: "libraries/",
  GWAVOracle: "periphery/",
  LiquidityPool: "",
  LiquidityToken: "",
  LyraRegistry: "periphery/",
  OptionGreekCache: "",
  OptionMarket: "",
  OptionMarketPricer: "",
  OptionMarketViewer: "periphery/",
  OptionToken: "",
  ShortCollateral: "",
  ShortPoolHedger: "",
  SynthetixAdapter: "",
  TestAddressResolver: "test-helpers/",
  TestCollateralShort: "test-helpers/",
  TestDelegateApprovals: "test-helpers/",
  TestERC20: "test-helpers/",
  TestExchanger: "test-helpers/",
  TestSynthetix: "test-helpers/",
} as const
export type ContractName = keyof typeof FOLDERS

export interface Owner {
  readonly address: Address
  deploy(artifact: Artifact, args?: readonly unknown[], libraries?: Libraries): Promise<Contract>
  deployLyra(name: ContractName, args?: readonly unknown[], libraries?: Libraries): Promise<Contract>
  call(contract: Contract, functionName: string, ...args: readonly unknown[]): Promise<TransactionReceipt>
}

/** Deploys and administers as `address`. */
export function ownerOf(wallet: DevWallet, address: Address): Owner {
  const deploy = async (artifact: Artifact, args: readonly unknown[] = [], libraries: Libraries = {}) => ({
    address: await wallet.deploy(artifact, args, { from: address, libraries }),
    abi: artifact.abi,
  })
  return {
    address,
    deploy,
    deployLyra: (name, args, libraries) => deploy(lyraArtifact(name), args, libraries),
    call: (contract, functionName, ...args) =>
      wallet.write({ from: address, to: contract.address, abi: contract.abi, functionName, args }),
  }
}

const lyraArtifact = (name: ContractName) =>
  loadArtifact(`@lyrafinance/protocol/dist/artifacts/contracts/${FOLDERS[name]}${name}.sol/${name}.json`)
