import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { fileLease } from "../../../../chains/relay/file-lease.js"

const TERM = 120
let folder: string
let now = 1_760_000_000
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-"))
})
afterEach(() => rm(folder, { recursive: true }))

const lease = () => fileLease({ folder, termSeconds: TERM, now: () => now })

describe("a lease on a folder", () => {
  it("is held by one, for as long as it is renewed", async () => {
    const [first, second] = [lease(), lease()]
    for (let i = 0; i < 5; i++) {
      expect([await first.hold(), await second.hold()]).toEqual([true, false])
      now += TERM - 1
    }
  })

  it("goes to one of many that want it at the same moment", async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => lease().hold()))
    expect(outcomes.filter(Boolean)).toHaveLength(1)
  })

  it("passes on when its holder falls silent, and the old holder notices", async () => {
    const [first, second] = [lease(), lease()]
    await first.hold()
    now += TERM
    expect(await second.hold()).toBe(true)
    expect(await first.hold()).toBe(false)
    expect(await second.hold()).toBe(true)
  })

  it("passes on to one only of many that waited", async () => {
    await lease().hold()
    now += TERM
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => lease().hold()))
    expect(outcomes.filter(Boolean)).toHaveLength(1)
  })

  it("is free at once when it is let go, also for who held it", async () => {
    const [first, second] = [lease(), lease()]
    await first.hold()
    await first.release()
    expect(await second.hold()).toBe(true)
    await second.release()
    expect(await second.hold()).toBe(true)
  })

  it("passes on at once when its holder's process is gone from this machine, not when it runs elsewhere", async () => {
    // No system gives numbers so high: a process that has ended might be followed by another of its number.
    const gone = 2 ** 30
    await lease().hold()
    const term = join(folder, "term-1")
    const held = (host: string) =>
      writeFile(term, JSON.stringify({ host, process: gone })).then(() => utimes(term, now, now))
    await held("another-machine")
    expect(await lease().hold()).toBe(false)
    await held(hostname())
    expect(await lease().hold()).toBe(true)
  })

  it("is not let go by who has lost it", async () => {
    const [first, second] = [lease(), lease()]
    await first.hold()
    now += TERM
    await second.hold()
    await first.release()
    expect(await lease().hold()).toBe(false)
  })
})
