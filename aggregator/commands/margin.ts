/**
 * `plimsoll margin`: margin of a portfolio from files, offline, by the same code and in the same shapes as
 * `POST /v1/margin/simulate`.
 */
import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { loadKernel } from "../../wasm-core/kernel.js"
import { InvalidInputError } from "../domain/errors.js"
import { inputIssues } from "../domain/input-issues.js"
import { policyFrom } from "../policy-source.js"
import { readJson } from "../read-json.js"
import { simulated } from "../routes/simulate.js"
import { type Simulated, type SimulateRequest, simulateRequestSchema } from "../routes/simulate-schemas.js"
import { MarginBook } from "../store/margin-book.js"

export interface MarginOptions {
  readonly portfolio: string
  readonly market: string
  readonly policy: string
  readonly json?: boolean
}

/** @throws InvalidInputError naming each wrong field as `file#/pointer`. */
export async function margin({ portfolio, market, policy, json = false }: MarginOptions): Promise<void> {
  const loaded = await policyFrom(policy)
  const request = await requestFrom(portfolio, market)
  const kernel = await loadKernel(await readFile(createRequire(import.meta.url).resolve("#kernel.wasm")))
  const show = { policy: loaded, chainName: (chain: string) => chain }
  const result = inFiles(portfolio, market, () => simulated(request, { book: new MarginBook(), show, kernel }))
  console.log(json ? JSON.stringify(result, null, 2) : tableOf(result))
}

async function requestFrom(portfolio: string, market: string): Promise<SimulateRequest> {
  const held = await readJson(portfolio)
  const quoted = await readJson(market)
  const issues = (["account", "policy", "market"] as const)
    .filter(field => typeof held === "object" && held !== null && field in held)
    .map(field => ({ pointer: `${portfolio}#/${field}`, code: "UNKNOWN_FIELD", detail: "there is no such field" }))
  if (issues.length > 0) throw new InvalidInputError(issues)
  return inFiles(portfolio, market, () => {
    const parsed = simulateRequestSchema.safeParse(isRecord(held) ? { ...held, market: quoted } : held)
    if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
    return parsed.data
  })
}

const isRecord = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Says which of the two files a pointer is about. */
function inFiles<T>(portfolio: string, market: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    throw new InvalidInputError(
      error.issues.map(issue => {
        const about = /^\/market(?=\/|$)/.exec(issue.pointer)
        const pointer = about ? `${market}#${issue.pointer.slice(about[0].length)}` : `${portfolio}#${issue.pointer}`
        return { ...issue, pointer }
      }),
    )
  }
}

function tableOf({ before, after }: Simulated): string {
  const sides = after ? [before, after] : [before]
  const heading = sides.map(({ policy }) => `${policy.name} v${policy.version}`)
  const rows: string[][] = [
    ["", ...heading],
    ["status", ...sides.map(each => each.status)],
  ]
  for (const [label, key] of FIGURES) rows.push([label, ...sides.map(each => each.figures?.[key] ?? "–")])
  const { components } = after ?? before
  for (const each of components.positions)
    rows.push([`${each.quantity} ${each.instrument}`, `value ${each.markToMarket}`, `alone ${each.standaloneMargin}`])
  for (const each of components.units)
    rows.push([
      `unit ${each.underlying}`,
      `scan ${each.scanningRisk}`,
      `worst scenario ${each.worstScenario ?? "none"}`,
    ])
  for (const each of components.charges)
    rows.push([`${each.name} ${each.subject}`.trim(), `MM ${each.maintenance}`, `IM ${each.initial}`])
  return aligned(rows)
}

const FIGURES = [
  ["equity", "equity"],
  ["maintenance margin", "maintenanceMargin"],
  ["liquidation end", "liquidationEndMargin"],
  ["initial margin", "initialMargin"],
  ["health", "health"],
  ["initial health", "initialHealth"],
  ["positions one by one", "standaloneMargin"],
] as const

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}
