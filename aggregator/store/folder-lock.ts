/**
 * A data folder belongs to one process: two on the same files would destroy them.
 */
import { randomUUID } from "node:crypto"
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises"
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
  // Written before it has the name that counts: nobody ever reads half of it and takes its owner for dead.
  const mine = `${file}.${randomUUID()}`
  await writeFile(mine, String(process.pid))
  try {
    while (!(await named(mine, file))) {
      const owner = await ownerOf(file)
      if (isAlive(owner)) throw new StoreInUseError(`the data folder ${folder} (${holder(owner, file)})`)
      await removeDead(file, mine)
    }
  } finally {
    await rm(mine, { force: true })
  }
  return () => rm(file, { force: true })
}

/** In containers every service has the same number, and who left the lock may be dead or run in another one. */
const holder = (owner: number | undefined, file: string): string =>
  owner === process.pid
    ? `process ${owner}, which is this one's own number; if that was an earlier service that was killed, remove ${file}`
    : `process ${owner}`

/** Removes a lock whose owner is dead. One at a time does, and looks again: the lock may be a living process's by now. */
async function removeDead(file: string, mine: string): Promise<void> {
  const turn = `${file}.turn`
  if (!(await named(mine, turn))) {
    if (isDead(await ownerOf(turn))) await rm(turn, { force: true })
    return
  }
  try {
    if (isDead(await ownerOf(file))) await rm(file, { force: true })
  } finally {
    await rm(turn, { force: true })
  }
}

/** Gives the file a second name; false when there is a file of that name. */
async function named(file: string, name: string): Promise<boolean> {
  try {
    await link(file, name)
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false
    throw error
  }
}

/** `undefined` when there is no such file; what is no number is no process's. */
async function ownerOf(file: string): Promise<number | undefined> {
  try {
    return Number(await readFile(file, "utf8"))
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
    throw error
  }
}

const isDead = (pid: number | undefined): boolean => pid !== undefined && !isAlive(pid)

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined || !Number.isInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
