/**
 * One local EVM chain: an anvil process from npm, bound to 127.0.0.1 on a free port, stopped by its own id.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

export interface AnvilOptions {
  readonly chainId: number
  /** Seconds between blocks besides those mined for a transaction; none when absent. */
  readonly blockTime?: number
  /** Unix seconds of the first block; now when absent. */
  readonly genesisTime?: number
}

export interface Anvil {
  readonly chainId: number
  readonly url: string
  /** The funded development accounts' mnemonic is anvil's default. */
  stop(): Promise<void>
}

const START_DEADLINE_MS = 20_000

/**
 * Starts a chain and resolves when it listens.
 *
 * @throws Error when the binary does not start or does not listen in time; its output is in the message.
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  const args = ["--host", "127.0.0.1", "--port", "0", "--chain-id", String(options.chainId)]
  // Real protocols exceed the 24 kB code limit only in test builds; one-slot epochs make safe = latest − 1, finalized = latest − 2.
  args.push("--code-size-limit", "131072", "--slots-in-an-epoch", "1", "--accounts", "20", "--balance", "1000000")
  args.push("--gas-limit", "100000000", "--order", "fifo")
  if (options.blockTime !== undefined) args.push("--block-time", String(options.blockTime), "--mixed-mining")
  if (options.genesisTime !== undefined) args.push("--timestamp", String(options.genesisTime))
  const child = spawn(anvilBinary(), args, { stdio: ["ignore", "pipe", "pipe"] })
  // Also when this process ends without having stopped it, by an exception or a second Ctrl-C.
  const killWithUs = () => child.kill("SIGKILL")
  process.on("exit", killWithUs)
  child.once("exit", () => process.off("exit", killWithUs))
  const port = await listeningPort(child)
  return {
    chainId: options.chainId,
    url: `http://127.0.0.1:${port}`,
    stop: () => stop(child),
  }
}

function anvilBinary(): string {
  const require = createRequire(import.meta.url)
  const architecture = process.arch === "x64" ? "amd64" : process.arch
  const manifest = require.resolve(`@foundry-rs/anvil-${process.platform}-${architecture}/package.json`)
  return join(dirname(manifest), "bin", process.platform === "win32" ? "anvil.exe" : "anvil")
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = ""
    const fail = (why: string) => {
      clearTimeout(deadline)
      child.kill("SIGKILL")
      reject(new Error(`anvil ${why}\n${output}`))
    }
    const deadline = setTimeout(() => fail(`did not listen within ${START_DEADLINE_MS} ms`), START_DEADLINE_MS)
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      const match = /Listening on [\d.]+:(\d+)/.exec(output)
      if (!match) return
      clearTimeout(deadline)
      child.stdout?.off("data", read).resume()
      resolve(Number(match[1]))
    }
    child.stdout?.on("data", read)
    child.stderr?.on("data", chunk => {
      output += chunk.toString()
    })
    child.once("error", error => fail(`could not be started: ${error.message}`))
    child.once("exit", code => fail(`exited with code ${code}`))
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, "exit")
  child.kill("SIGTERM")
  const deadline = setTimeout(() => child.kill("SIGKILL"), 3_000)
  await exited
  clearTimeout(deadline)
}
