import { Hono } from "hono"
import { describe, expect, it } from "vitest"
import { limitedBody } from "../../../aggregator/http/body-limit.js"

const app = new Hono()
  .use(limitedBody(8, context => context.text("too large", 413)))
  .post("/", async context => context.text(await context.req.text()))

const streamed = (text: string) => new Blob([text]).stream()
const post = async (body: RequestInit["body"], headers: Record<string, string> = {}) => {
  const response = await app.request("/", { method: "POST", body, headers, duplex: "half" } as RequestInit)
  return [response.status, await response.text()]
}

describe("the limit of a body", () => {
  it.each([
    ["states a length within it", "12345678", { "content-length": "8" }, [200, "12345678"]],
    ["states a length beyond it", "1", { "content-length": "9" }, [413, "too large"]],
    ["states none and is short", "12345678", {}, [200, "12345678"]],
    ["states none and is long", "123456789", {}, [413, "too large"]],
    [
      "states one that its encoding overrules",
      "123456789",
      { "content-length": "1", "transfer-encoding": "chunked" },
      [413, "too large"],
    ],
  ])("of a request that %s", async (_, text, headers, answer) => {
    expect(await post(streamed(text), headers)).toEqual(answer)
  })
})
