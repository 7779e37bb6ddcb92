/**
 * The devnet's contracts that exist as Solidity only. One list, so that what a start needs can be compiled ahead of it.
 */
import { fileURLToPath } from "node:url"
import type { Artifact } from "./artifact.js"
import { compilePublished } from "./published-solidity.js"

const own = (name: string) => fileURLToPath(new URL(`./${name}.sol`, import.meta.url))

const SOURCES = {
  PythAggregatorV3: "@pythnetwork/pyth-sdk-solidity/PythAggregatorV3.sol",
  LyraRates: own("LyraRates"),
  ShareVault: own("ShareVault"),
  AwkwardToken: own("AwkwardToken"),
} as const

/** @throws CompilationError with the compiler's messages. */
export const compiledContract = (name: keyof typeof SOURCES): Promise<Artifact> => compilePublished(SOURCES[name])

/** Compiles whatever no earlier run left behind. @throws as `compiledContract`. */
export const compileContracts = (): Promise<readonly Artifact[]> =>
  Promise.all(Object.values(SOURCES).map(compilePublished))
