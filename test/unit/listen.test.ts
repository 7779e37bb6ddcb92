import { afterEach, describe, expect, it } from "vitest"
import { type Listener, listen, PortInUseError } from "../../aggregator/listen.js"
import { until } from "../support/until.js"

const HERE = { host: "127.0.0.1", port: 0 }
const running: Listener[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(each => each.stop()))
})
async function start(fetch: (request: Request) => Response | Promise<Response>, where = HERE): Promise<Listener> {
  const listener = await listen({ fetch }, where)
  running.push(listener)
  return listener
}
const portOf = ({ url }: Listener) => Number(new URL(url).port)

describe("a listener", () => {
  it("says where it listens, on a free port when asked for 0", async () => {
    const { url } = await start(() => new Response("here"))
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await (await fetch(url)).text()).toBe("here")
  })

  it("names a busy port as such", async () => {
    const first = await start(() => new Response())
    const second = listen({ fetch: () => new Response() }, { ...HERE, port: portOf(first) })
    await expect(second).rejects.toBeInstanceOf(PortInUseError)
    await expect(second).rejects.toMatchObject({ code: "PORT_IN_USE", port: portOf(first), host: "127.0.0.1" })
  })

  it("lets an answer under way finish when it stops, and takes no new request", async () => {
    let finish: (() => void) | undefined
    const listener = await start(
      () =>
        new Promise(resolve => {
          finish = () => resolve(new Response("whole"))
        }),
    )
    const answer = fetch(listener.url)
    const answering = await until("the request", () => finish)
    const stopped = listener.stop()
    answering()
    expect(await (await answer).text()).toBe("whole")
    await stopped
    await expect(fetch(listener.url)).rejects.toBeInstanceOf(TypeError)
  })

  it("cuts off a stream that never ends", async () => {
    const listener = await start(() => new Response(new ReadableStream({ start: each => each.enqueue("x") })))
    const response = await fetch(listener.url)
    await listener.stop()
    await expect(response.text()).rejects.toBeInstanceOf(TypeError)
  })
})
