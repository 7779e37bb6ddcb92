/**
 * A lease between relays that share a folder. Each term is a file that only one of them can make; who holds it touches
 * it now and then, and a term that nobody touched for too long, or whose process is gone, is followed by the next.
 */
import { open, readdir, readFile, rm, stat, utimes } from "node:fs/promises"
import { hostname } from "node:os"
import { join } from "node:path"
import { z } from "zod"
import type { Lease } from "./lease.js"

export interface FileLeaseOptions {
  readonly folder: string
  /** Longer than any delivery takes: within it the holder is not disturbed. */
  readonly termSeconds: number
  /** Unix seconds, fractions allowed. */
  now?(): number
}

const NAME = /^term-(\d{1,15})$/
const fileOf = (folder: string, term: number): string => join(folder, `term-${term}`)

/** The folder has to exist. */
export function fileLease({ folder, termSeconds, now = () => Date.now() / 1_000 }: FileLeaseOptions): Lease {
  let mine: number | undefined

  const terms = async (): Promise<readonly number[]> =>
    (await readdir(folder)).flatMap(name => Number(NAME.exec(name)?.[1] ?? []) || []).sort((a, b) => a - b)

  const isAlive = async (term: number): Promise<boolean> => {
    const touched = await stat(fileOf(folder, term)).catch(() => null)
    if (touched === null || touched.mtimeMs / 1_000 + termSeconds <= now()) return false
    return !(await isOrphaned(fileOf(folder, term)))
  }

  /** Begins the term after another; of several that try, one succeeds. */
  async function begin(term: number): Promise<boolean> {
    const file = fileOf(folder, term)
    const made = await open(file, "wx").catch(unlessTaken)
    if (made === null) return false
    await made.writeFile(JSON.stringify({ host: hostname(), process: process.pid }))
    await made.close()
    await utimes(file, now(), now())
    mine = term
    for (const old of await terms()) if (old < term) await rm(fileOf(folder, old), { force: true })
    return true
  }

  return {
    async hold() {
      const newest = (await terms()).at(-1) ?? 0
      const alive = newest > 0 && (await isAlive(newest))
      if (alive && newest !== mine) return false
      // A term that ran out is over, also for who held it: another may be about to begin the next.
      if (!alive) return begin(newest + 1)
      await utimes(fileOf(folder, newest), now(), now())
      return true
    },
    async release() {
      const term = mine
      mine = undefined
      // It ends now; its file stays, so that no number is used twice.
      if (term !== undefined) await utimes(fileOf(folder, term), 0, 0).catch(() => undefined)
    },
  }
}

const holderSchema = z.object({ host: z.string(), process: z.int().positive() })

/** Its process ran on this machine and is gone. What cannot be told counts as held. */
async function isOrphaned(file: string): Promise<boolean> {
  const text = await readFile(file, "utf8").catch(() => "")
  try {
    const holder = holderSchema.parse(JSON.parse(text))
    return holder.host === hostname() && !isRunning(holder.process)
  } catch {
    return false
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

function unlessTaken(error: unknown): null {
  if (error instanceof Error && "code" in error && error.code === "EEXIST") return null
  throw error
}
