/**
 * Contracts that a package publishes as Solidity only: compiled by the real compiler, in a process of its own.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { compileContracts, compiledContract } from "../../chains/devnet/evm/compiled-contracts.js"
import { CompilationError, compilePublished } from "../../chains/devnet/evm/published-solidity.js"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-solidity-"))
})
afterAll(() => rm(folder, { recursive: true }))

it("compiles once, however many ask at the same time", async () => {
  const source = "@pythnetwork/pyth-sdk-solidity/PythAggregatorV3.sol"
  const [first, second] = await Promise.all([compilePublished(source), compilePublished(source)])
  expect(first).toBe(second)
  expect(first.contractName).toBe("PythAggregatorV3")
  expect(first.abi).toContainEqual(expect.objectContaining({ type: "function", name: "latestRoundData" }))
})

it("compiles all of the devnet's contracts ahead: asking for one compiles nothing more", async () => {
  const ahead = await compileContracts()
  const names = ["PythAggregatorV3", "LyraRates", "ShareVault", "AwkwardToken"] as const
  expect(ahead.map(({ contractName }) => contractName)).toEqual(names)
  for (const name of names) expect(ahead).toContain(await compiledContract(name))
})

it("names the contract that does not compile", async () => {
  const source = join(folder, "Wrong.sol")
  await writeFile(source, "pragma solidity ^0.8.0; contract Wrong { function f() public { return missing; } }")
  const failure = await compilePublished(source).catch(error => error)
  expect(failure).toBeInstanceOf(CompilationError)
  expect(failure).toMatchObject({ code: "COMPILATION_FAILED", contract: "Wrong" })
})
