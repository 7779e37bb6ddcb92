import { readFileSync } from "node:fs"
import { readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { lockFolder, StoreInUseError } from "../../../aggregator/store/folder-lock.js"
import { type Scratch, scratchFolder } from "../../support/databases.js"

/** No process has this number: it is above the most that Linux gives. */
const DEAD = "4194305"
const MANY = 50
const TURNS = 300

let scratch: Scratch
let folder: string
beforeEach(async () => {
  scratch = await scratchFolder()
  if (scratch.place.kind !== "folder") throw new Error("no folder")
  folder = scratch.place.folder
})
afterEach(() => scratch.remove())

async function contended(): Promise<readonly (() => Promise<void>)[]> {
  const outcomes = await Promise.allSettled(Array.from({ length: MANY }, () => lockFolder(folder)))
  for (const each of outcomes) {
    if (each.status === "rejected") expect(each.reason).toBeInstanceOf(StoreInUseError)
  }
  return outcomes.flatMap(each => (each.status === "fulfilled" ? [each.value] : []))
}

it.each([
  ["of nobody", undefined],
  ["of a process that is no more", DEAD],
  ["that an earlier version was killed in the middle of taking", ""],
])("a folder %s is one process's of many that want it at once", async (_, left) => {
  if (left !== undefined) await writeFile(join(folder, "lock"), left)
  const winners = await contended()
  expect(winners).toHaveLength(1)
  await winners[0]?.()
  expect(await readdir(folder)).toEqual([])
})

it("a folder is free again where a process died while it took one over", async () => {
  await writeFile(join(folder, "lock"), DEAD)
  await writeFile(join(folder, "lock.turn"), DEAD)
  const [letGo] = await contended()
  await letGo?.()
  expect(await readdir(folder)).toEqual([])
})

it("a lock is never there without its owner", async () => {
  const seen = new Set<string>()
  let running = true
  const look = () => {
    try {
      seen.add(readFileSync(join(folder, "lock"), "utf8"))
    } catch {
      // Nobody has it just now.
    }
    if (running) setImmediate(look)
  }
  look()
  for (let turn = 0; turn < TURNS; turn++) await (await lockFolder(folder))()
  running = false
  expect([...seen]).toEqual([String(process.pid)])
})

it("a lock that names this very process says what to do where a killed service left it", async () => {
  const file = join(folder, "lock")
  await writeFile(file, String(process.pid))
  await expect(lockFolder(folder)).rejects.toThrow(`remove ${file}`)
})
