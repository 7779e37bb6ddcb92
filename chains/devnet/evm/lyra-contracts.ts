/**
 * Lyra Avalon's published contracts, by name, and a short way to deploy and call them as one owner.
 */
import type { Address } from "viem"
import { type Libraries, loadArtifact } from "./artifact.js"
import { type Contract, type Owner, ownerOf } from "./contract-owner.js"
import type { DevWallet } from "./deploy.js"

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

export interface LyraOwner extends Owner {
  deployLyra(name: ContractName, args?: readonly unknown[], libraries?: Libraries): Promise<Contract>
}

/** Deploys and administers as `address`. */
export function lyraOwnerOf(wallet: DevWallet, address: Address): LyraOwner {
  const owner = ownerOf(wallet, address)
  return { ...owner, deployLyra: (name, args, libraries) => owner.deploy(lyraArtifact(name), args, libraries) }
}

const lyraArtifact = (name: ContractName) =>
  loadArtifact(`@lyrafinance/protocol/dist/artifacts/contracts/${FOLDERS[name]}${name}.sol/${name}.json`)
