import { describe, expect, it } from "vitest"
import { z } from "zod"
import { inputIssues } from "../../../aggregator/domain/input-issues.js"

const schema = z.strictObject({
  list: z.array(z.strictObject({ n: z.number() })),
  table: z.record(z.string(), z.number()),
})
const issuesOf = (document: unknown) => inputIssues(schema.safeParse(document).error?.issues ?? [])

describe("input issues", () => {
  it("point to each wrong field", () => {
    const found = issuesOf({ list: [{ n: 1 }, { n: "1" }], table: { "a/b~c": "x" } })
    expect(found.map(({ pointer, code }) => [pointer, code])).toEqual([
      ["/list/1/n", "INVALID_VALUE"],
      ["/table/a~1b~0c", "INVALID_VALUE"],
    ])
  })

  it("name unknown fields one by one, where they stand", () => {
    const found = issuesOf({ list: [{ n: 1, m: 2 }], table: {}, more: 1, and: 2 })
    expect(found.map(({ pointer, code }) => [pointer, code])).toEqual([
      ["/list/0/m", "UNKNOWN_FIELD"],
      ["/more", "UNKNOWN_FIELD"],
      ["/and", "UNKNOWN_FIELD"],
    ])
  })

  it("point to the whole document with the empty pointer", () => {
    expect(issuesOf([]).map(({ pointer }) => pointer)).toEqual([""])
  })
})
