// What is known to be wrong with the packages that ship, out of a report of `npm audit --json`. Fails for what can be
// mended here: an advisory about a dependency of our own with a release that heals it. The rest is printed.
import { readFileSync } from "node:fs"

const [file = ""] = process.argv.slice(2)
const report = reportIn(readFileSync(file, "utf8"))
if (report.auditReportVersion === undefined) {
  // Not every registry has the endpoint, and a machine may have no network: no finding, and no all-clear either.
  console.log(`left out: the registry answered no audit (${report.message || report.error?.summary || "no report"})`)
} else {
  const serious = Object.values(report.vulnerabilities).filter(each => ["high", "critical"].includes(each.severity))
  for (const each of serious) console.log(lineOf(each))
  const mendable = serious.filter(isMendable)
  console.log(`${serious.length} packages that ship are high or critical; ${mendable.length} can be mended here`)
  process.exitCode = mendable.length === 0 ? 0 : 1
}

function reportIn(text) {
  try {
    return JSON.parse(text)
  } catch {
    return { message: `npm printed no JSON but ${JSON.stringify(text.slice(0, 200))}` }
  }
}

/** Advisories about the package itself; names in `via` are packages below it that have some. */
function advisoriesOf({ via }) {
  return via.filter(each => typeof each === "object")
}

function isMendable(finding) {
  const { isDirect, fixAvailable } = finding
  const compatible = fixAvailable === true || (typeof fixAvailable === "object" && !fixAvailable.isSemVerMajor)
  return isDirect && compatible && advisoriesOf(finding).length > 0
}

function lineOf(finding) {
  const own = advisoriesOf(finding).map(({ title, url }) => `${title} ${url}`)
  const below = finding.via.filter(each => typeof each === "string")
  const what = [...own, ...(below.length > 0 ? [`through ${below.join(", ")}`] : [])].join("; ")
  return `${finding.severity}: ${finding.name} ${finding.range}: ${what}${isMendable(finding) ? " (can be mended here)" : ""}`
}
