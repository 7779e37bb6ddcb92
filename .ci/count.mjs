// Adds up test reports and failed steps into the one closing line, after the names of what failed. A report that is
// missing counts as a failure.
import { existsSync, readFileSync } from "node:fs"

const [failedSteps = "0", ...reports] = process.argv.slice(2)
let passed = 0
let failed = 0
for (const file of reports) {
  const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { numPassedTests: 0, numFailedTests: 1 }
  passed += report.numPassedTests
  failed += report.numFailedTests
  for (const { name, message, status, assertionResults } of report.testResults ?? []) {
    const tests = assertionResults.filter(each => each.status === "failed")
    for (const each of tests) console.log(`failed: ${name} › ${each.fullName}\n${each.failureMessages.join("\n")}`)
    if (status === "failed" && tests.length === 0) console.log(`failed: ${name}\n${message}`)
  }
}
// A failed step whose tests all passed (a check, an install) would otherwise not show.
failed = Math.max(failed, Number(failedSteps))
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
