/**
 * `plimsoll scaffold adapter NAME`: a new protocol's adapter and its test, ready to run, and the line to register it with.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join, relative, resolve, sep } from "node:path"
import { evmAdapters } from "../../chains/registry.js"
import { InvalidInputError } from "../domain/errors.js"
import { adapterSource, testSource } from "./adapter-template.js"

const REPOSITORY = dirname(createRequire(import.meta.url).resolve("plimsoll/package.json"))
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/

export interface ScaffoldOptions {
  /** Folder that stands for the repository's root; imports lead back to the real one. */
  readonly out: string
}

/** @throws InvalidInputError when the name is no adapter name, is taken, or a file of it exists already. */
export async function scaffoldAdapter(venue: string, { out }: ScaffoldOptions): Promise<void> {
  if (!NAME.test(venue)) throw refusal("INVALID_VALUE", `"${venue}" is no name such as "my-venue"`)
  if (evmAdapters.some(({ name }) => name === venue))
    throw refusal("NAME_TAKEN", `an adapter is named ${venue} already`)
  const names = { venue, identifier: camelCase(venue) }
  const root = resolve(out)
  const adapter = join("chains", "evm", "adapters", `${venue}.ts`)
  const test = join("test", "unit", "chains", "evm", "adapters", `${venue}.test.ts`)
  const importsOf = (file: string) => (target: string) => {
    // What is written now lies under the folder, everything else in the repository.
    const base = target === adapter.replace(/ts$/, "js") ? root : REPOSITORY
    const path = relative(dirname(join(root, file)), join(base, target))
      .split(sep)
      .join("/")
    return path.startsWith(".") ? path : `./${path}`
  }
  await writeNew(join(root, adapter), adapterSource(names, importsOf(adapter)))
  await writeNew(join(root, test), testSource(names, importsOf(test)))
  console.log(nextSteps(names, adapter, test))
}

/** Never overwrites: what is there may be somebody's work. */
async function writeNew(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, content, { flag: "wx" })
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw refusal("FILE_EXISTS", `${path} exists; move it away or choose another name`)
    }
    throw error
  }
}

const camelCase = (name: string) => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const refusal = (code: string, detail: string) => new InvalidInputError([{ pointer: "NAME", code, detail }])

const nextSteps = ({ venue, identifier }: { venue: string; identifier: string }, adapter: string, test: string) => `
  wrote ${adapter}
  wrote ${test}

  Register it in chains/registry.ts:
    import { ${identifier} } from "./evm/adapters/${venue}.js"
    … and ${identifier} in the list evmAdapters

  Run its test:
    npx vitest run ${test}

  Use it in a chain's configuration:
    { "adapter": "${venue}", "contract": "0x…", "asset": "0x…" }
`
