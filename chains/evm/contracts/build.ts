/**
 * Compiles our contracts and writes their artifacts: `npx tsx chains/evm/contracts/build.ts`.
 * Artifacts are committed, so that using them needs no compiler; a test rebuilds each and compares byte for byte.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import { z } from "zod"

export const CONTRACTS = ["MarginHealthReceiver", "AccountHealthFeed", "AccountHealthFeeds", "ReadLens"] as const
type ContractName = (typeof CONTRACTS)[number]
/** Where a contract is not in the file of its name. */
const FILE_OF: Readonly<Partial<Record<ContractName, string>>> = { AccountHealthFeeds: "AccountHealthFeed.sol" }

export const artifactFile = (contract: ContractName) => new URL(`./${contract}.json`, import.meta.url)

interface Compiler {
  compile(input: string, callbacks: { import(path: string): { contents: string } }): string
  version(): string
}

const SETTINGS = {
  // Without PUSH0 and MCOPY the code runs on every EVM chain that Wormhole reaches.
  evmVersion: "paris",
  viaIR: true,
  // Deliveries repeat for ever, deployment happens once.
  optimizer: { enabled: true, runs: 1_000_000 },
}
const OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]

const bytecode = z.object({ object: z.string().regex(/^[0-9a-f]+$/) })
const outputSchema = z.object({
  errors: z.array(z.object({ formattedMessage: z.string() })).default([]),
  contracts: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        abi: z.array(z.unknown()),
        evm: z.object({ bytecode, deployedBytecode: bytecode }),
      }),
    ),
  ),
})

/**
 * Compiles one contract of a source that may import ours and those of packages.
 *
 * @throws Error with the compiler's own words on any error or warning.
 */
export function compile(file: string, source: string, name: string) {
  const compiler: Compiler = createRequire(import.meta.url)("solc")
  const settings = { ...SETTINGS, outputSelection: { "*": { [name]: OUTPUTS } } }
  const input = { language: "Solidity", sources: { [file]: { content: source } }, settings }
  const imports = { import: (path: string) => ({ contents: readFileSync(importedFrom(path), "utf8") }) }
  const output = outputSchema.parse(JSON.parse(compiler.compile(JSON.stringify(input), imports)))
  if (output.errors.length > 0) throw new Error(output.errors.map(error => error.formattedMessage).join("\n"))
  const contract = output.contracts[file]?.[name]
  if (!contract) throw new Error(`the compiler returned no ${name}`)
  return {
    contractName: name,
    compiler: { name: "solc", version: compiler.version(), settings: SETTINGS },
    abi: contract.abi,
    bytecode: `0x${contract.evm.bytecode.object}`,
    deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
  } as const
}

/** The artifact of one of our contracts. @throws Error as `compile`. */
export function buildArtifact(name: ContractName): string {
  const file = FILE_OF[name] ?? `${name}.sol`
  const source = readFileSync(new URL(`./${file}`, import.meta.url), "utf8")
  return `${JSON.stringify(compile(file, source, name), null, 2)}\n`
}

const OWN_PACKAGE = "plimsoll/chains/evm/contracts/"

/** Ours are here, also under the name that others import them by; the rest in their packages. */
function importedFrom(path: string): string | URL {
  const own = new URL(`./${path.replace(OWN_PACKAGE, "")}`, import.meta.url)
  return existsSync(own) ? own : createRequire(import.meta.url).resolve(path)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const contract of CONTRACTS) writeFileSync(artifactFile(contract), buildArtifact(contract))
}
