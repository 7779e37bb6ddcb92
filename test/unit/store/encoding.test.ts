import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fromBytes, fromText, toBytes, toText } from "../../../aggregator/store/encoding.js"

const value = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.bigInt(),
    fc.string(),
    fc.string().map(text => `~${text}`),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value")),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie("value"), { noNullPrototype: true }),
    fc.array(fc.tuple(fc.string(), tie("value"))).map(entries => new Map(entries)),
  ),
})).value

describe("stored values", () => {
  it("come back as they went in, whatever they hold", () => {
    fc.assert(
      fc.property(value, each => {
        expect(fromText(toText(each))).toEqual(each)
      }),
    )
  })

  it("come back from compressed bytes", async () => {
    const large = Array.from({ length: 1_000 }, (_, i) => ({ epoch: 2n ** 70n + BigInt(i), name: "~n1" }))
    const bytes = await toBytes(large)
    expect(bytes.length).toBeLessThan(toText(large).length / 4)
    expect(await fromBytes(bytes)).toEqual(large)
  })
})
