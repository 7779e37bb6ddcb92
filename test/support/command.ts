/**
 * The command line as a process of its own: what it prints, whom it starts, how it ends.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

export interface RunningCommand {
  readonly process: ChildProcess
  /** Both streams, as far as they came. */
  output(): string
  /** Resolves with the exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>
  /** Ids of the processes it has started so far, wherever in its family. */
  descendants(): Promise<readonly number[]>
}

const BINARY = fileURLToPath(new URL("../../bin/plimsoll.js", import.meta.url))

/** Starts the command line of this repository, or that of another installation. */
export function startCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  binary = BINARY,
): RunningCommand {
  const child = spawn(process.execPath, [binary, ...args], {
    env: { ...process.env, LOG_LEVEL: "warn", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  const exited = once(child, "close").then(([code]: (number | null)[]) => code ?? null)
  return { process: child, output: () => output, exited, descendants: () => descendantsOf(child.pid) }
}

async function descendantsOf(ancestor: number | undefined): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="])
  const pairs = stdout
    .trim()
    .split("\n")
    .map(line => line.trim().split(/\s+/).map(Number))
  const found: number[] = []
  for (let parents = [ancestor]; parents.length > 0; ) {
    const children = pairs.flatMap(([pid, parent]) => (pid && parents.includes(parent) ? [pid] : []))
    found.push(...children)
    parents = children
  }
  return found
}

/** Whether the process still runs; one that has ended but that nobody has waited for yet does not. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" })
  return stdout.trim() !== "" && !stdout.startsWith("Z")
}
