import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openDatabase } from "../../aggregator/store/database.js"
import { sqlArchive } from "../../aggregator/store/sql-archive.js"
import { sqlOutbox } from "../../aggregator/store/sql-outbox.js"
import { signersOf, signMessage } from "../../chains/devnet/guardian-signing.js"
import { encodePayload } from "../../chains/wormhole/payload.js"
import { CRASH_STEPS, type CrashStep, EMITTER, EMITTER_CHAIN, entriesOf, published } from "../support/crash-steps.js"
import { onEachPlace, type Scratch } from "../support/databases.js"
import { startServer } from "../support/http.js"
import { NOW } from "../support/snapshots.js"

const PROGRAM = fileURLToPath(new URL("../support/crashing-service.ts", import.meta.url))

/** Each of a process with a database to open. */
const ELEVEN_STARTS_MS = 1_800_000

let folder: string
let ledger: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plimsoll-"))
  ledger = join(folder, "ledger")
  await writeFile(ledger, "")
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const entries = async () => entriesOf(await readFile(ledger, "utf8"))

/** Signs what the ledger says was published. */
async function signedCopy(path: string) {
  const message = published(await entries()).find(each => path.endsWith(`/${each.sequence}`))
  if (!message) return { status: 404, body: "" }
  const payload = encodePayload({ ...message, epoch: BigInt(message.epoch), revokedBelow: 0n })
  const from = { emitterChain: EMITTER_CHAIN, emitter: EMITTER, sequence: BigInt(message.sequence) }
  const vaa = signMessage({ ...from, timestamp: NOW, nonce: 0, consistencyLevel: 1, payload }, signersOf(0n))
  return { status: 200, body: JSON.stringify({ vaaBytes: Buffer.from(vaa).toString("base64") }) }
}

interface Run {
  readonly scratch: Scratch
  readonly guardians: string
}

/** Runs the service until it says that it is at the step, and kills it there; without a step until it ends by itself. */
async function run({ scratch, guardians }: Run, step: CrashStep | null, { hold }: { hold: boolean }): Promise<void> {
  // Who is to be killed never ends by itself, however late the blow falls.
  const last = (await entries()).reduce((most, each) => Math.max(most, Number(each.epoch)), 0)
  const epochs = step === null ? last + 2 : Number.MAX_SAFE_INTEGER
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM], {
    env: {
      ...process.env,
      PLACE: JSON.stringify(scratch.place),
      LEDGER: ledger,
      GUARDIANS: guardians,
      EPOCHS: String(epochs),
      ...(step !== null && hold && { HOLD_AT: step }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString()
      if (step !== null && output.includes(`at ${step}\n`)) child.kill("SIGKILL")
    })
  }
  const [code, signal] = await once(child, "close")
  expect([code, signal], output).toEqual(step === null ? [0, null] : [null, "SIGKILL"])
}

describe("a service that is killed", { timeout: ELEVEN_STARTS_MS }, () => {
  onEachPlace(make => {
    it("loses no epoch and repeats none, at whatever step of an epoch it dies", async () => {
      const scratch = await make()
      const server = await startServer(signedCopy)
      const setup = { scratch, guardians: server.url }
      // Held still at the step, and again while it runs on: then the blow falls anywhere after it.
      for (const step of CRASH_STEPS) await run(setup, step, { hold: true })
      for (const step of CRASH_STEPS.filter((_, i) => i % 3 === 0)) await run(setup, step, { hold: false })
      await run(setup, null, { hold: false })
      await server.stop()

      const written = await entries()
      const messages = published(written)
      const numbers = messages.map(each => Number(each.epoch))
      expect(numbers).toEqual(numbers.map((_, i) => i + 1))
      expect(numbers.length).toBeGreaterThan(CRASH_STEPS.length / 2)
      const delivered = written.flatMap(each => (each.kind === "delivered" ? [each.epoch] : []))
      expect(new Set(delivered).size).toBe(delivered.length)

      const { db, close } = await openDatabase(scratch.place)
      const archive = sqlArchive(db)
      for (const message of messages) {
        const record = await archive.epoch(BigInt(message.epoch))
        expect(record?.attestation.root).toBe(message.root)
        expect(record?.publication?.sequence).toBe(BigInt(message.sequence))
        const arrived = delivered.includes(message.epoch) ? "DELIVERED" : "SUPERSEDED"
        expect(record?.deliveries).toMatchObject([{ status: arrived }])
      }
      expect(await sqlOutbox(db).pending()).toEqual([])
      await close()
      await scratch.remove()
    })
  })
})
