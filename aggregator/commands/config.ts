/**
 * `plimsoll config explain`: the configuration in effect, each value with where it comes from, secrets left out.
 */
import { networks } from "../../chains/networks.js"
import { escaped, isRecord, readConfig, type WrittenConfig } from "../config-file.js"
import { SECRET_VARIABLES } from "../secrets.js"

/** `source`: file, default, `network NAME`, `environment` (the value shows the variable's name, not what it holds). */
export interface ExplainedValue {
  readonly pointer: string
  readonly value: unknown
  readonly source: string
}

export async function explain({ config: file, json }: { config: string; json?: boolean }): Promise<void> {
  const values = [...explained(await readConfig(file, process.env)), ...secretsSet(process.env)]
  if (json) console.log(JSON.stringify(values, null, 2))
  else
    for (const { pointer, value, source } of values) console.log(`${pointer} = ${JSON.stringify(value)}  (${source})`)
}

/** One entry a value in effect, in the order of the document. */
export const explained = ({ config, ...origin }: WrittenConfig): readonly ExplainedValue[] =>
  leavesOf(config, "").map(({ pointer, value }) => ({ pointer, ...shown(pointer, value, origin) }))

function shown(
  pointer: string,
  value: unknown,
  { written, templates, networks: named }: Omit<WrittenConfig, "config">,
) {
  const template = templates.get(pointer)
  if (template !== undefined) return { value: template, source: "environment" }
  const open = pointer.endsWith("/apiKey") ? "…" : withoutSecrets(value)
  if (isWritten(written, pointer)) return { value: open, source: "file" }
  const [chain = ""] = /^\/chains\/\d+/.exec(pointer) ?? []
  const network = named.get(chain)
  const isNetworks = network !== undefined && isWritten(networks[network], pointer.slice(chain.length))
  return { value: open, source: isNetworks ? `network ${network}` : "default" }
}

const secretsSet = (environment: NodeJS.ProcessEnv): readonly ExplainedValue[] =>
  Object.values(SECRET_VARIABLES).map(variable => ({
    pointer: `/environment/${variable}`,
    value: environment[variable] ? "set" : "not set",
    source: "environment",
  }))

function leavesOf(value: unknown, pointer: string): readonly { pointer: string; value: unknown }[] {
  const children = Array.isArray(value) ? [...value.entries()] : isRecord(value) ? Object.entries(value) : []
  if (children.length === 0) return [{ pointer, value }]
  return children.flatMap(([key, item]) => leavesOf(item, `${pointer}/${escaped(String(key))}`))
}

function isWritten(document: unknown, pointer: string): boolean {
  let at = document
  for (const key of pointer.split("/").slice(1)) {
    const name = key.replaceAll("~1", "/").replaceAll("~0", "~")
    if (typeof at !== "object" || at === null || !(name in at)) return false
    at = (at as Record<string, unknown>)[name]
  }
  return true
}

/** The path and the query of a URL often carry a key, whoever wrote it into the file. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value !== "string" || !/^https?:\/\//.test(value)) return value
  const { protocol, host, pathname, search, username } = new URL(value)
  return pathname === "/" && !search && !username ? value : `${protocol}//${host}/…`
}
