/**
 * `npm run vectors [-- DIR]`: recomputes every expected result of a folder and says, file by file, what agrees.
 * A case or field that nothing computes is listed with its reason; exit code 1 when anything disagrees.
 */
import { readdir, readFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Kernel } from "../../wasm-core/kernel.js"
import { shippedKernel } from "../support/kernel.js"
import { formatOf } from "./formats/all.js"
import { type CaseReport, passes, relativeError } from "./formats/format.js"

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL(".", import.meta.url)))
const files = (await readdir(folder)).filter(name => name.endsWith(".json")).sort()
if (files.length === 0) throw new Error(`${folder} has no .json files`)
const kernel = await shippedKernel()
let disagreeing = 0
for (const file of files) disagreeing += await runFile(file, kernel)
process.exitCode = disagreeing > 0 ? 1 : 0

/** Prints one file's outcome; returns how much of it disagrees. */
async function runFile(file: string, kernel: Kernel): Promise<number> {
  const document: unknown = JSON.parse(await readFile(join(folder, file), "utf8"))
  const format = formatOf(file, document)
  if (!format) {
    console.log(`${file}: of no known format`)
    return 1
  }
  const reports = format.reports(document, kernel)
  const failed = reports.filter(({ checks }) => !checks.every(passes))
  const passed = reports.filter(({ checks }) => checks.length > 0 && checks.every(passes))
  const unexpressed = reports.filter(({ checks }) => checks.length === 0)
  const checks = reports.flatMap(report => report.checks)
  const worst = checks.reduce((most, check) => Math.max(most, relativeError(check)), 0)
  const also = unexpressed.length > 0 ? `, ${unexpressed.length} not expressible` : ""
  console.log(
    `${file}: ${passed.length} passed, ${failed.length} failed${also} ` +
      `(${checks.length} numbers, worst relative error ${worst.toExponential(1)})`,
  )
  for (const report of failed) for (const line of failureLines(report)) console.log(`  FAILED ${line}`)
  for (const { id, unchecked } of reports)
    for (const { field, reason } of unchecked)
      console.log(`  not expressible: ${field === "*" ? id : `${id}, ${field}`}: ${reason}`)
  return failed.length
}

function failureLines({ id, checks }: CaseReport): string[] {
  return checks
    .filter(check => !passes(check))
    .map(({ name, actual, expected, tolerance }) => `${id}, ${name}: ${actual} instead of ${expected} ± ${tolerance}`)
}
