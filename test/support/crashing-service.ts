/**
 * A process that attests, publishes and delivers epoch after epoch on stored data, and can be told to hold still at a step
 * so that it is killed there. The chains are one file that only grows: what is written there has happened.
 *
 * Environment: PLACE (JSON), LEDGER (file), GUARDIANS (URL), HOLD_AT (a step, or nothing), EPOCHS (stop at this one).
 */
import { appendFile, readFile } from "node:fs/promises"
import { chainId } from "../../aggregator/domain/caip.js"
import type { AttestationWire } from "../../aggregator/domain/ports.js"
import { openDatabase, type Place } from "../../aggregator/store/database.js"
import { MarginBook } from "../../aggregator/store/margin-book.js"
import { sqlArchive } from "../../aggregator/store/sql-archive.js"
import { sqlOutbox } from "../../aggregator/store/sql-outbox.js"
import { openRelay } from "../../chains/relay/relay.js"
import { type DeliveryTarget, NOTHING_HELD } from "../../chains/relay/target.js"
import type { CrashStep, LedgerEntry } from "./crash-steps.js"
import { EMITTER, EMITTER_CHAIN, entriesOf, published } from "./crash-steps.js"
import { routeTo } from "./relay-bench.js"
import { readerOf, reading, startEngine } from "./scripted-engine.js"
import { CHAIN, NOW } from "./snapshots.js"

const { PLACE = "", LEDGER = "", GUARDIANS = "", HOLD_AT, EPOCHS = "" } = process.env
const place: Place = JSON.parse(PLACE)

/** Tells where it is; at the step to hold at it never goes on. */
async function at(step: CrashStep): Promise<void> {
  await new Promise<void>(resolve => process.stdout.write(`at ${step}\n`, () => resolve()))
  if (step === HOLD_AT) await new Promise(() => setInterval(() => {}, 1_000))
}

const ledger = async () => entriesOf(await readFile(LEDGER, "utf8"))
const write = (entry: LedgerEntry) => appendFile(LEDGER, `${JSON.stringify(entry)}\n`)

const { db, close } = await openDatabase(place)
const archive = sqlArchive(db)
const outbox = sqlOutbox(db)
const book = new MarginBook({
  ...archive,
  record: async (attestation, assessment) => {
    await at("before the epoch is recorded")
    await archive.record(attestation, assessment)
    await at("after the epoch is recorded")
  },
  recordPublication: async (epoch, publication) => {
    await archive.recordPublication(epoch, publication)
    await at("after the publication is recorded")
  },
})
await book.resume()

const target: DeliveryTarget = {
  chain: chainId("eip155:1397"),
  async held() {
    const held = (await ledger()).flatMap(each => (each.kind === "delivered" ? [each] : [])).at(-1)
    return held ? { epoch: BigInt(held.epoch), root: held.root, timestamp: NOW } : NOTHING_HELD
  },
  forecast: async () => ({ gas: 1n, fee: 1n }),
  async submit({ epoch, root }) {
    await write({ kind: "delivered", epoch: String(epoch), root })
    await at("after the delivery")
    return { transaction: `0x${epoch}`, gasUsed: 1n, fee: 1n }
  },
  balance: async () => 1n,
}
const relay = openRelay({
  guardianApis: [GUARDIANS],
  routes: [routeTo(target)],
  outbox: {
    ...outbox,
    record: async (epoch, delivery) => {
      await outbox.record(epoch, delivery)
      await at("after the delivery is recorded")
    },
  },
  clock: { now: () => NOW },
  intervalMs: 10,
})
relay.run()

const ORIGIN = { emitterChain: EMITTER_CHAIN, emitter: EMITTER }
const wire: AttestationWire = {
  homeChain: CHAIN,
  standing: async () => ({
    revokedBelow: 0n,
    epoch: (await ledger()).reduce((last, each) => {
      const epoch = each.kind === "delivered" ? BigInt(each.epoch) : 0n
      return epoch > last ? epoch : last
    }, 0n),
  }),
  async publish(attestation) {
    const { epoch, root, timestamp, validity } = attestation
    const entry = { epoch: String(epoch), root, timestamp, validity, inputGrade: attestation.inputGrade }
    const sequence = published(await ledger()).length
    await write({ kind: "published", sequence, ...entry })
    await at("after the publication")
    const receipt = { transaction: `0x${sequence}`, sequence: BigInt(sequence) }
    await relay.dispatch(attestation, ORIGIN, receipt)
    await at("after the outbox is written")
    return receipt
  },
  async find(attestation) {
    const message = published(await ledger()).find(each => each.epoch === String(attestation.epoch))
    if (!message) return null
    const receipt = { transaction: `0x${message.sequence}`, sequence: BigInt(message.sequence) }
    await relay.dispatch(attestation, ORIGIN, receipt)
    return receipt
  },
}

let beats = 0
const engine = await startEngine({
  readers: [readerOf(() => reading(NOW + ++beats))],
  book,
  wire,
  epochSeconds: 0,
  report: event => {
    if (event.kind === "failed") throw event.error
    if (event.kind === "published" && event.epoch >= BigInt(EPOCHS)) void finish()
  },
})

async function finish(): Promise<void> {
  await engine.stop()
  while ((await outbox.pending()).length > 0) await relay.round()
  await relay.stop()
  await close()
  process.exit(0)
}
