/**
 * The package as its users install it: what would be published, unpacked in a folder of its own beside `dependencies` and
 * nothing else of this repository.
 */
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const run = promisify(execFile)
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url))

export interface InstalledPackage {
  /** Where it was installed: `node_modules/plimsoll` lies below. */
  readonly folder: string
  /** Its files, relative to the package. */
  readonly files: readonly string[]
  remove(): Promise<void>
}

/** Packs what was built last and installs it, without a registry. */
export async function installPackage(): Promise<InstalledPackage> {
  const folder = await mkdtemp(join(tmpdir(), "plimsoll-installed-"))
  const modules = join(folder, "node_modules")
  const home = join(modules, "plimsoll")
  await mkdir(home, { recursive: true })
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder]
  const { stdout } = await run("npm", pack, { cwd: REPOSITORY, maxBuffer: 2 ** 24 })
  const [{ filename, files }] = JSON.parse(stdout)
  await run("tar", ["-xzf", join(folder, filename), "-C", home, "--strip-components=1"])
  for (const name of await shippedDependencies()) {
    await mkdir(dirname(join(modules, name)), { recursive: true })
    await symlink(join(REPOSITORY, "node_modules", name), join(modules, name))
  }
  return {
    folder,
    files: files.map(({ path }: { path: string }) => path),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Only what the package itself may import; packages find their own dependencies where their real files lie. */
async function shippedDependencies(): Promise<readonly string[]> {
  return Object.keys(JSON.parse(await readFile(join(REPOSITORY, "package.json"), "utf8")).dependencies)
}
