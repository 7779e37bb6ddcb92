/**
 * The devnet's contracts that exist as Solidity only. One list, so that what a start needs can be compiled ahead of it.
 */
import type { Artifact } from "./artifact.js"
import { compilePublished } from "./published-solidity.js"

const SOURCES = {
  PythAggregatorV3: "@pythnetwork/pyth-sdk-solidity/PythAggregatorV3.sol",
  LyraRates: "#devnet/LyraRates.sol",
  ShareVault: "#devnet/ShareVault.sol",
  AwkwardToken: "#devnet/AwkwardToken.sol",
} as const

/** @throws CompilationError with the compiler's messages. */
export const compiledContract = (name: keyof typeof SOURCES): Promise<Artifact> => compilePublished(SOURCES[name])

/** Compiles whatever no earlier run left behind. @throws as `compiledContract`. */
export const compileContracts = (): Promise<readonly Artifact[]> =>
  Promise.all(Object.values(SOURCES).map(compilePublished))
