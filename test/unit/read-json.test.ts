import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { InvalidInputError } from "../../aggregator/domain/errors.js"
import { loadExecutionCosts, usualCosts } from "../../aggregator/policies/execution-costs.js"
import usual from "../../aggregator/policies/execution-costs.json" with { type: "json" }
import { readDocument } from "../../aggregator/read-json.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-"))
})
afterEach(() => rm(folder, { recursive: true }))

async function costsIn(text: string) {
  const file = join(folder, "costs.json")
  await writeFile(file, text)
  return { file, read: readDocument(file, loadExecutionCosts) }
}

/** Every issue that a promise is rejected with, each as its pointer. */
const pointers = (reading: Promise<unknown>) =>
  reading.then(
    () => [],
    (error: unknown) => (error instanceof InvalidInputError ? error.issues.map(each => each.pointer) : [String(error)]),
  )

describe("a document in a file of somebody's own", () => {
  it("is read as the one that ships is", async () => {
    const { read } = await costsIn(JSON.stringify(usual))
    expect(await read).toEqual(usualCosts())
  })

  it("is refused by the file and the field in it", async () => {
    const { file, read } = await costsIn(JSON.stringify({ ...usual, version: 0 }))
    expect(await pointers(read)).toEqual([`${file}#/version`])
  })

  it("is refused by the file where that is no JSON, or is not there", async () => {
    const { file, read } = await costsIn("{")
    expect(await pointers(read)).toEqual([file])
    expect(await pointers(readDocument(join(folder, "none.json"), loadExecutionCosts))).toEqual([
      join(folder, "none.json"),
    ])
  })
})
