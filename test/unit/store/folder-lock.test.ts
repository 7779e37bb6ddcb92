import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { lockFolder, StoreInUseError } from "../../../aggregator/store/folder-lock.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-lock-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** No process has this number: Linux gives none beyond 2^22. */
const NOBODY = "999999999"

describe("the lock of a data folder", () => {
  it.each([
    ["nobody had it", undefined],
    ["a killed process left it", NOBODY],
    ["a killed process left it empty", ""],
  ])("is taken by one of many who come at once, when %s", async (_, left) => {
    for (let round = 0; round < 20; round++) {
      if (left !== undefined) await writeFile(join(folder, "lock"), left)
      const taken = await Promise.allSettled(Array.from({ length: 12 }, () => lockFolder(folder)))
      const releases = taken.flatMap(each => (each.status === "fulfilled" ? [each.value] : []))
      const refusals = taken.flatMap(each => (each.status === "rejected" ? [each.reason] : []))
      expect(releases).toHaveLength(1)
      for (const each of refusals) expect(each).toBeInstanceOf(StoreInUseError)
      await releases[0]?.()
      expect(await readdir(folder)).toEqual([])
    }
  })

  it("names the process that has it", async () => {
    await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toThrow(`(process ${process.pid})`)
  })
})
