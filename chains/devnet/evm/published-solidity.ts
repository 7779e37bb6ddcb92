/**
 * Compiles a contract that its package publishes as Solidity only, with the compiler from npm, in a process of its own.
 * The result is kept under `dist/`, named by its inputs: compiling takes seconds and is needed once an installation.
 */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import type { Abi } from "viem"
import { z } from "zod"
import type { Artifact } from "./artifact.js"

const require = createRequire(import.meta.url)
const CACHE = fileURLToPath(new URL("../../../dist/devnet", import.meta.url))

const compiled = z.object({
  abi: z.custom<Abi>(Array.isArray, "expected an ABI array"),
  evm: z.object({ bytecode: z.object({ object: z.string().regex(/^[0-9a-f]+$/) }) }),
})
const solcOutput = z.object({
  errors: z.array(z.object({ severity: z.string(), formattedMessage: z.string() })).default([]),
  contracts: z.record(z.string(), z.record(z.string(), compiled)).default({}),
})

/**
 * The artifact of the contract that a package's source file is named after.
 *
 * @param source the file's path inside its package, e.g. `@scope/package/Name.sol`; its imports lie beside it.
 * @throws Error with the compiler's messages.
 */
export async function compilePublished(source: string): Promise<Artifact> {
  const path = require.resolve(source)
  const input = standardInput(basename(path), await readFile(path, "utf8"))
  const version = z.object({ version: z.string() }).parse(require("solc/package.json")).version
  const key = createHash("sha256").update(`${version}\n${path}\n${input}`).digest("hex").slice(0, 16)
  const kept = join(CACHE, `${basename(path, ".sol")}-${key}.json`)
  const output = await readFile(kept, "utf8").catch(async () => {
    const fresh = await runCompiler(input, dirname(path))
    await keep(kept, fresh)
    return fresh
  })
  return artifactOf(basename(path, ".sol"), output)
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

async function runCompiler(input: string, folder: string): Promise<string> {
  const solc = spawn(process.execPath, [require.resolve("solc/solc.js"), "--standard-json", "--base-path", folder], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  solc.stdin.end(input)
  const output = await text(solc.stdout)
  // The command line tool prints notices above the JSON.
  return output.slice(output.indexOf("{"))
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
    throw new Error(`${contractName} does not compile:\n${messages.join("\n")}`)
  }
  return { contractName, abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}`, linkReferences: {} }
}
