/**
 * Runs many adapters as if they were one: in each round the reads of all that still wait are asked together.
 * It is itself a generator, so it knows as little about transport as the adapters do.
 */
import type { AdapterReading, ReadSteps } from "../adapter.js"
import { described } from "../chain-fault.js"

/** How one adapter ended; `failed` is an adapter that threw, which its contract forbids. */
export type AdapterOutcome =
  | { readonly status: "read"; readonly reading: AdapterReading }
  | { readonly status: "failed"; readonly reason: string }

/** Yields one merged batch a round and returns one outcome an adapter, in the order of `starts`. */
export function* inStep<Read, Result>(
  starts: readonly (() => ReadSteps<Read, Result>)[],
): Generator<readonly Read[], readonly AdapterOutcome[], readonly Result[]> {
  const runs = starts.map(start => new AdapterRun(start))
  for (let waiting = runs; ; ) {
    waiting = waiting.filter(run => run.outcome === undefined)
    if (waiting.length === 0) return runs.flatMap(run => run.outcome ?? [])
    const results = yield waiting.flatMap(run => run.reads)
    let answered = 0
    for (const run of waiting) {
      const from = answered
      answered += run.reads.length
      run.resume(results.slice(from, answered))
    }
  }
}

/** Runs adapters to their ends, each merged batch answered by `ask`. */
export async function runInStep<Read, Result>(
  starts: readonly (() => ReadSteps<Read, Result>)[],
  ask: (reads: readonly Read[]) => Promise<readonly Result[]>,
): Promise<readonly AdapterOutcome[]> {
  const together = inStep(starts)
  let step = together.next()
  while (!step.done) step = together.next(await ask(step.value))
  return step.value
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
