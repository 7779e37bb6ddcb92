/**
 * Many accounts assessed by several threads, each of which keeps the readings of its share: a beat tells them what changed
 * and gets figures back. What explains the figures is computed here, when somebody looks.
 */
import { once } from "node:events"
import { setImmediate as othersFirst } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { Worker } from "node:worker_threads"
import type { AccountHealth, AccountStatus, MarginBreakdown, MarginFigures } from "../domain/health.js"
import type { AccountSnapshot } from "../domain/snapshot.js"
import { explainerOf } from "../pipeline/assess-snapshot.js"
import type { Explainer } from "../pipeline/explain-health.js"
import { AssessedFigures } from "../pipeline/margin-figures.js"
import type { AssessAll, SeatChanges, WorkerData } from "./assessment-worker.js"
import type { Assessor, AssessorParts } from "./assessor.js"
import { type FigureColumns, statusAt, sumsAt } from "./figure-columns.js"
import { type Change, Seating } from "./seating.js"

/** As many as are copied to a thread before requests get their turn. */
const CHANGES_A_MESSAGE = 1_024
/** What a pass leaves behind dies young in so much, and is never moved to where only a whole collection frees it. */
const YOUNG_GENERATION_MIB = 48

/**
 * V8 comes to take what every pass makes and drops for something that lasts, in about every second process, and puts it
 * where only a whole collection finds it: a beat takes half as long again then, and a thread three times its memory.
 */
const YOUNG_STAYS_YOUNG = "--no-allocation-site-pretenuring"

interface Thread {
  readonly worker: Worker
  /** Rejects when it ends, for whatever reason. */
  readonly ended: Promise<never>
}

interface Team {
  readonly threads: readonly Thread[]
  readonly seating: Seating
}

export function threadedAssessor({ wasm, kernel, policy, threads }: AssessorParts): Assessor {
  let team: Team | undefined

  async function disband(): Promise<void> {
    const gone = team?.threads ?? []
    team = undefined
    await Promise.all(gone.map(each => each.worker.terminate()))
  }

  return {
    async assess(snapshot) {
      team ??= {
        threads: Array.from({ length: threads }, () => start({ wasm, policy })),
        seating: new Seating(threads),
      }
      const asked = team
      try {
        const { accounts, ...market } = snapshot
        const { seats, changes } = asked.seating.seat(accounts)
        const columns = await Promise.all(
          asked.threads.map(async (thread, i) => {
            await tell(thread, changes[i] ?? [])
            return ask(thread, { kind: "assess", market })
          }),
        )
        const explain = explainerOf(snapshot, policy, kernel)
        const health = accounts.map((account, i) => {
          const { thread, place } = seats[i] ?? NOWHERE
          return new ColumnHealth(account, columns[thread] as FigureColumns, place, explain, i)
        })
        return { snapshot, health }
      } catch (error) {
        // Nobody knows what they were told: the next beat begins with others.
        await disband()
        throw error
      }
    },
    close: disband,
  }
}

const NOWHERE = { thread: -1, place: -1 }

/** A worker of Node starts from a file that no loader prepares: beside sources it is the one that was compiled last. */
const WORKER = import.meta.url.endsWith(".ts")
  ? "../../dist/service/aggregator/assessment/assessment-worker.js"
  : "./assessment-worker.js"

function start(data: WorkerData): Thread {
  setFlagsFromString(YOUNG_STAYS_YOUNG)
  const worker = new Worker(new URL(WORKER, import.meta.url), {
    workerData: data,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
  })
  const ended = new Promise<never>((_, reject) => {
    worker.once("error", reject)
    worker.once("exit", () => reject(new Error("a thread of the assessment ended")))
  })
  // Whoever waits for an answer hears of it; between two questions nobody does.
  ended.catch(() => undefined)
  return { worker, ended }
}

async function tell({ worker }: Thread, changes: readonly Change[]): Promise<void> {
  for (let first = 0; first < changes.length; first += CHANGES_A_MESSAGE) {
    const some: SeatChanges = { kind: "seats", changes: changes.slice(first, first + CHANGES_A_MESSAGE) }
    worker.postMessage(some)
    await othersFirst()
  }
}

async function ask({ worker, ended }: Thread, question: AssessAll): Promise<FigureColumns> {
  const answered = once(worker, "message")
  worker.postMessage(question)
  const [columns] = await Promise.race([answered, ended])
  return columns
}

/** What a thread has found about an account, read from its columns when somebody looks. */
class ColumnHealth implements AccountHealth {
  readonly #account: AccountSnapshot
  readonly #columns: FigureColumns
  readonly #place: number
  readonly #explain: Explainer
  readonly #index: number

  constructor(account: AccountSnapshot, columns: FigureColumns, place: number, explain: Explainer, index: number) {
    this.#account = account
    this.#columns = columns
    this.#place = place
    this.#explain = explain
    this.#index = index
  }

  get id(): string {
    return this.#account.id
  }

  get status(): AccountStatus {
    return statusAt(this.#columns, this.#place)
  }

  get reasons(): AccountHealth["reasons"] {
    return this.#columns.reasons.get(this.#place) ?? []
  }

  get asOf(): number {
    return this.#columns.asOf[this.#place] ?? Number.NaN
  }

  get figures(): MarginFigures | null {
    if (this.status === "STALE" || this.status === "UNAVAILABLE") return null
    return new AssessedFigures(sumsAt(this.#columns, this.#place), this.#explain, this.#index)
  }

  get breakdown(): MarginBreakdown {
    return this.#explain.breakdown(this.#index)
  }
}
