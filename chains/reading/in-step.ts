/**
 * Runs many adapters as if they were one: in each round the reads of all that still wait are asked together.
 */
import { setImmediate as othersFirst } from "node:timers/promises"
import type { AdapterReading, ReadSteps } from "../adapter.js"
import { described } from "../chain-fault.js"

/** How one adapter ended; `failed` is an adapter that threw, which its contract forbids. */
export type AdapterOutcome =
  | { readonly status: "read"; readonly reading: AdapterReading }
  | { readonly status: "failed"; readonly reason: string }

/**
 * Runs adapters to their ends, each round's merged batch answered by `ask`; one outcome an adapter, in the order of
 * `starts`. Between two adapters others have their turn: with tens of thousands of holders each takes a while.
 */
export async function runInStep<Read, Result>(
  starts: readonly (() => ReadSteps<Read, Result>)[],
  ask: (reads: readonly Read[]) => Promise<readonly Result[]>,
): Promise<readonly AdapterOutcome[]> {
  const runs: AdapterRun<Read, Result>[] = []
  for (const start of starts) {
    runs.push(new AdapterRun(start))
    await othersFirst()
  }
  for (let waiting: readonly AdapterRun<Read, Result>[] = runs; ; ) {
    waiting = waiting.filter(run => run.outcome === undefined)
    if (waiting.length === 0) return runs.flatMap(run => run.outcome ?? [])
    const results = await ask(waiting.flatMap(run => run.reads))
    let answered = 0
    for (const run of waiting) {
      const from = answered
      answered += run.reads.length
      run.resume(results.slice(from, answered))
      await othersFirst()
    }
  }
}

/** One adapter's generator, stopped at what it wants to read next. */
class AdapterRun<Read, Result> {
  reads: readonly Read[] = []
  outcome: AdapterOutcome | undefined
  readonly #steps: ReadSteps<Read, Result>

  constructor(start: () => ReadSteps<Read, Result>) {
    this.#steps = begun(start)
    this.resume([])
  }

  resume(results: readonly Result[]): void {
    try {
      const step = this.#steps.next(results)
      if (step.done) this.outcome = { status: "read", reading: step.value }
      else this.reads = step.value
    } catch (error) {
      this.outcome = { status: "failed", reason: described(error) }
    }
  }
}

/** Defers the start to the first step, so that throwing at the start is like throwing at any step. */
function* begun<Read, Result>(start: () => ReadSteps<Read, Result>): ReadSteps<Read, Result> {
  return yield* start()
}
