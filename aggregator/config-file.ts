/**
 * A configuration as it is written: environment variables stand as `${NAME}`, public networks by their name.
 * Everything filled in is remembered with where it came from, for those who ask what is in effect.
 */
import { networks } from "../chains/networks.js"
import { type Config, parseConfig } from "./config.js"
import { type InputIssue, InvalidInputError } from "./domain/errors.js"
import { readJson } from "./read-json.js"

export type Environment = Readonly<Record<string, string | undefined>>

export interface WrittenConfig {
  readonly config: Config
  /** JSON pointer → what was written there, for texts that environment variables were put into. */
  readonly templates: ReadonlyMap<string, string>
  /** JSON pointer of a chain → the network that it names. */
  readonly networks: ReadonlyMap<string, string>
  /** The document before anything was filled in. */
  readonly written: unknown
}

/** @throws InvalidInputError when the file cannot be read, names what is not there, or is no configuration. */
export async function readConfig(file: string, environment: Environment): Promise<WrittenConfig> {
  const written = await readJson(file)
  const issues: InputIssue[] = []
  const templates = new Map<string, string>()
  const named = new Map<string, string>()
  const filled = withEnvironment(written, "", { environment, templates, issues })
  const document = withNetworks(filled, named, issues)
  if (issues.length > 0) throw new InvalidInputError(issues)
  return { config: parseConfig(document), templates, networks: named, written }
}

interface Filling {
  readonly environment: Environment
  readonly templates: Map<string, string>
  readonly issues: InputIssue[]
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

function withEnvironment(value: unknown, pointer: string, filling: Filling): unknown {
  if (typeof value === "string") return filledText(value, pointer, filling)
  if (Array.isArray(value)) return value.map((item, index) => withEnvironment(item, `${pointer}/${index}`, filling))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withEnvironment(item, `${pointer}/${escaped(key)}`, filling)]),
  )
}

function filledText(text: string, pointer: string, { environment, templates, issues }: Filling): string {
  return text.replace(VARIABLE, (_, name: string) => {
    templates.set(pointer, text)
    const value = environment[name]
    if (value) return value
    issues.push({ pointer, code: "VARIABLE_MISSING", detail: `set the environment variable ${name}` })
    return ""
  })
}

/** A key within a JSON pointer (RFC 6901). */
export const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1")

function withNetworks(document: unknown, named: Map<string, string>, issues: InputIssue[]): unknown {
  if (!isRecord(document) || !Array.isArray(document.chains)) return document
  const chains = document.chains.map((chain: unknown, index) => {
    if (!isRecord(chain) || !("network" in chain)) return chain
    const { network: name, ...own } = chain
    const network = typeof name === "string" && Object.hasOwn(networks, name) ? networks[name] : undefined
    if (typeof name === "string" && network) {
      named.set(`/chains/${index}`, name)
      return { ...network, ...own }
    }
    const detail = `no such network; known are ${Object.keys(networks).join(", ")}, any other chain is written out`
    issues.push({ pointer: `/chains/${index}/network`, code: "UNKNOWN_NETWORK", detail })
    return own
  })
  return { ...document, chains }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
