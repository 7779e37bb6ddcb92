/**
 * Contract artifacts out of npm packages, as hardhat writes them, and the linking of their libraries.
 * The devnet deploys what the protocols published; nothing here is compiled from our own copy.
 */
import { createRequire } from "node:module"
import type { Abi, Address, Hex } from "viem"
import { isHex } from "viem"
import { z } from "zod"
import { PlimsollError } from "../../../aggregator/domain/errors.js"

/** Where an unlinked library's address goes, in bytes from the start of the bytecode. */
type LinkReferences = Record<string, Record<string, readonly { start: number; length: number }[]>>

export interface Artifact {
  readonly contractName: string
  readonly abi: Abi
  /** Creation code; holds `__$…$__` placeholders where libraries are to be linked. */
  readonly bytecode: string
  readonly linkReferences: LinkReferences
}

/** Library name → address. */
export type Libraries = Readonly<Record<string, Address>>

const hardhatArtifact = z.object({
  contractName: z.string(),
  abi: z.custom<Abi>(Array.isArray, "expected an ABI array"),
  bytecode: z.string().startsWith("0x"),
  linkReferences: z
    .record(z.string(), z.record(z.string(), z.array(z.object({ start: z.int(), length: z.int() }))))
    .default({}),
})

export class LibraryMissingError extends PlimsollError {
  readonly code = "LIBRARY_MISSING"
  constructor(
    readonly contract: string,
    readonly library: string,
  ) {
    super(`${contract} links ${library}, whose address was not given`)
  }
}

const require = createRequire(import.meta.url)

/**
 * Loads a hardhat artifact by its path inside a package, e.g. `@scope/package/artifacts/X.sol/X.json`.
 *
 * @throws ZodError when the file is no artifact.
 */
export const loadArtifact = (path: string): Artifact => hardhatArtifact.parse(require(path))

/**
 * Puts library addresses into creation code.
 *
 * @throws LibraryMissingError for the first library without an address.
 */
export function link({ contractName, bytecode, linkReferences }: Artifact, libraries: Libraries = {}): Hex {
  let linked = bytecode
  for (const [name, places] of Object.values(linkReferences).flatMap(Object.entries)) {
    const library = libraries[name]
    if (!library) throw new LibraryMissingError(contractName, name)
    for (const { start, length } of places) {
      const from = 2 + start * 2
      linked = linked.slice(0, from) + library.slice(2).toLowerCase() + linked.slice(from + length * 2)
    }
  }
  if (!isHex(linked)) throw new Error(`the creation code of ${contractName} is not hexadecimal`)
  return linked
}
