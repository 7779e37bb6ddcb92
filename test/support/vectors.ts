/**
 * Drives a format of expected results as tests: one a case, and the exact list of what is not computed.
 */
import { expect, it } from "vitest"
import type { Kernel } from "../../wasm-core/kernel.js"
import { type CaseReport, passes, type VectorFormat } from "../vectors/formats/format.js"

/**
 * @param unexpressed `id` of a whole case or `id, field`: growing it needs a reason, shrinking it is progress.
 */
export function itAgrees(
  format: VectorFormat,
  document: unknown,
  kernel: Kernel,
  unexpressed: readonly string[],
): void {
  const reports = format.reports(document, kernel)
  it.each(reports.filter(({ checks }) => checks.length > 0))("$id", ({ checks }) => {
    expect(checks.filter(check => !passes(check))).toEqual([])
  })

  it("leaves out nothing but what is listed", () => {
    expect(reports.flatMap(uncheckedOf)).toEqual(unexpressed)
  })
}

const uncheckedOf = ({ id, unchecked }: CaseReport): string[] =>
  unchecked.map(({ field }) => (field === "*" ? id : `${id}, ${field}`))
