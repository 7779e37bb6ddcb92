/**
 * A data folder belongs to one process: two on the same files would destroy them.
 */
import { randomUUID } from "node:crypto"
import { link, mkdir, readFile, rm, rmdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { PlimsollError } from "../domain/errors.js"

/** Another service works on the same data. */
export class StoreInUseError extends PlimsollError {
  readonly code = "STORE_IN_USE"
  constructor(readonly place: string) {
    super(`another service uses ${place}; stop it, or give this one its own folder or database`)
  }
}

/**
 * Takes the folder for this process, making it if need be. What a process left behind that was killed is taken over.
 *
 * @returns how to let go.
 * @throws StoreInUseError while another living process has it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, "lock")
  // Written before it has its name: nobody ever reads a lock that does not say whose it is.
  const own = join(folder, `lock.${process.pid}.${randomUUID()}`)
  await writeFile(own, String(process.pid))
  try {
    while (!(await isLinked(own, file))) {
      const owner = await ownerOf(file)
      if (owner === undefined) continue
      if (isAlive(owner)) throw new StoreInUseError(`the data folder ${folder} (process ${owner})`)
      await clearAway(file)
    }
  } finally {
    await rm(own, { force: true })
  }
  return () => rm(file, { force: true })
}

/** Whether the name was free. */
async function isLinked(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file)
    return true
  } catch (error) {
    if (isTaken(error)) return false
    throw error
  }
}

/**
 * Removes a lock whose process is gone. One at a time, or the second would remove what the first has put in its place; who
 * is killed in the middle leaves a folder that says what it is.
 */
async function clearAway(file: string): Promise<void> {
  const turn = `${file}.being-taken-over`
  try {
    await mkdir(turn)
  } catch (error) {
    if (isTaken(error)) throw new StoreInUseError(`${file}, or was killed over it and left ${turn} to be removed`)
    throw error
  }
  try {
    const owner = await ownerOf(file)
    if (owner !== undefined && !isAlive(owner)) await rm(file)
  } finally {
    await rmdir(turn)
  }
}

/** Process id; `undefined` where there is no such file any more. */
async function ownerOf(file: string): Promise<number | undefined> {
  try {
    return Number(await readFile(file, "utf8"))
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

const isGone = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT"
const isTaken = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "EEXIST"

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
