/**
 * A data folder belongs to one process: two on the same files would destroy them.
 */
import { mkdir, open, readFile, rm } from "node:fs/promises"
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
  for (;;) {
    try {
      const handle = await open(file, "wx")
      await handle.writeFile(String(process.pid))
      await handle.close()
      return () => rm(file, { force: true })
    } catch (error) {
      if (!isTaken(error)) throw error
    }
    const owner = Number(await readFile(file, "utf8").catch(() => ""))
    if (isAlive(owner)) throw new StoreInUseError(`the data folder ${folder} (process ${owner})`)
    await rm(file, { force: true })
  }
}

const isTaken = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "EEXIST"

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
