/**
 * Runs benches one after the other, each in a process of its own: all of them, or the one named, with its arguments.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const ALL = ["kernel", "reading", "insight", "accounts", "service", "storage", "page", "merkle", "epoch"]

const [name, ...options] = process.argv.slice(2)
if (name !== undefined && !ALL.includes(name)) {
  console.error(`no bench is named ${name}; there are ${ALL.join(", ")}`)
  process.exit(1)
}
for (const each of name === undefined ? ALL : [name]) {
  const file = fileURLToPath(new URL(`./${each}.js`, import.meta.url))
  const { status } = spawnSync(process.execPath, [file, ...options], { stdio: "inherit" })
  if (status !== 0) process.exit(1)
}
