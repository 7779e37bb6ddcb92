/**
 * Compiles a contract that its package publishes as Solidity only, with the compiler from npm, in a process of its own.
 * The result is kept under `dist/`, named by its inputs: compiling takes seconds and is needed once an installation.
 */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import type { Abi } from "viem"
import { z } from "zod"
import { PlimsollError } from "../../../aggregator/domain/errors.js"
import type { Artifact } from "./artifact.js"

const require = createRequire(import.meta.url)
const PACKAGES = join(dirname(require.resolve("@openzeppelin/contracts/package.json")), "..", "..")
const CACHE = join(dirname(require.resolve("plimsoll/package.json")), "dist", "devnet")

export class CompilationError extends PlimsollError {
  readonly code = "COMPILATION_FAILED"
  constructor(
    readonly contract: string,
    readonly messages: readonly string[],
  ) {
    super(`${contract} does not compile:\n${messages.join("\n")}`)
  }
}

const compiled = z.object({
  abi: z.custom<Abi>(Array.isArray, "expected an ABI array"),
  evm: z.object({ bytecode: z.object({ object: z.string().regex(/^[0-9a-f]+$/) }) }),
})
const solcOutput = z.object({
  errors: z.array(z.object({ severity: z.string(), formattedMessage: z.string() })).default([]),
  contracts: z.record(z.string(), z.record(z.string(), compiled)).default({}),
})

const compiling = new Map<string, Promise<Artifact>>()

/**
 * The artifact of the contract that a source file is named after; compiled once a process, however many ask.
 *
 * @param source the file's path inside its package, e.g. `@scope/package/Name.sol`, or one of our own, `#devnet/Name.sol`; its imports lie beside it.
 * @throws CompilationError with the compiler's messages.
 */
export function compilePublished(source: string): Promise<Artifact> {
  const path = require.resolve(source)
  const running = compiling.get(path) ?? compile(path)
  compiling.set(path, running)
  return running
}

async function compile(path: string): Promise<Artifact> {
  const name = basename(path, ".sol")
  const input = standardInput(basename(path), await readFile(path, "utf8"))
  const kept = join(CACHE, `${name}-${await fingerprint(input, dirname(path))}.json`)
  const earlier = await readFile(kept, "utf8").catch(() => undefined)
  if (earlier !== undefined) return artifactOf(name, earlier)
  const output = await runCompiler(name, input, dirname(path))
  const artifact = artifactOf(name, output)
  await keep(kept, output)
  return artifact
}

/** Of everything that the output depends on: the compiler, its input and whatever the source may import. */
async function fingerprint(input: string, folder: string): Promise<string> {
  const versions = ["solc", "@openzeppelin/contracts"].map(
    name => z.object({ version: z.string() }).parse(require(`${name}/package.json`)).version,
  )
  const imports = (await readdir(folder)).filter(file => file.endsWith(".sol")).sort()
  const contents = await Promise.all(imports.map(file => readFile(join(folder, file), "utf8")))
  const digest = createHash("sha256")
    .update(JSON.stringify([versions, input, imports, contents]))
    .digest("hex")
  return digest.slice(0, 16)
}

const standardInput = (file: string, content: string) =>
  JSON.stringify({
    language: "Solidity",
    sources: { [file]: { content } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { [file]: { "*": ["abi", "evm.bytecode.object"] } },
    },
  })

async function runCompiler(name: string, input: string, folder: string): Promise<string> {
  const command = [
    require.resolve("solc/solc.js"),
    "--standard-json",
    "--base-path",
    folder,
    "--include-path",
    PACKAGES,
  ]
  const solc = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "inherit"] })
  solc.stdin.end(input)
  const output = await text(solc.stdout)
  // The command line tool prints notices above the JSON.
  const start = output.indexOf("{")
  if (start < 0) throw new CompilationError(name, [output])
  return output.slice(start)
}

/** Written beside and renamed, so that a concurrent start never reads half a file. */
async function keep(path: string, output: string) {
  await mkdir(dirname(path), { recursive: true })
  const partial = `${path}.${process.pid}`
  await writeFile(partial, output)
  await rename(partial, path)
}

function artifactOf(contractName: string, output: string): Artifact {
  const { contracts, errors } = solcOutput.parse(JSON.parse(output))
  const contract = contracts[`${contractName}.sol`]?.[contractName]
  if (!contract) {
    const messages = errors.filter(error => error.severity === "error").map(error => error.formattedMessage)
    throw new CompilationError(contractName, messages)
  }
  return { contractName, abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}`, linkReferences: {} }
}
