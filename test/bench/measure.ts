/**
 * Side-by-side timing: kernel and plain JavaScript run in turn in one process, and their medians are compared.
 * Absolute times hold for one machine at one hour; ratios travel.
 */

const ROUNDS = Number(process.env.ROUNDS ?? 15)

/** Linear congruential generator, so that every run measures the same work. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

export const filled = (count: number, next: (i: number) => number) =>
  Float64Array.from({ length: count }, (_, i) => next(i))

export const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN

export const rounded = (x: number) => Number(x.toPrecision(3))

/** User time in microseconds: other programs on a busy machine disturb it less than wall time. */
function userTime(work: () => unknown): number {
  const before = process.cpuUsage().user
  work()
  return process.cpuUsage().user - before
}

interface Work {
  /** What a round treats, in the unit that times are given for. */
  readonly units: number
  run(): unknown
}

/** Runs all in turn, after two rounds that only warm up; nanoseconds per unit, by name. */
export function medians<Name extends string>(works: Readonly<Record<Name, Work>>): Record<Name, number> {
  const entries = Object.entries<Work>(works).map(([name, work]) => ({ name, work, times: [] as number[] }))
  for (let round = -2; round < ROUNDS; round++)
    for (const { work, times } of entries) {
      const taken = userTime(work.run)
      if (round >= 0) times.push((taken * 1e3) / work.units)
    }
  return Object.fromEntries(entries.map(({ name, times }) => [name, median(times)])) as Record<Name, number>
}

export const report = (line: object) => console.log(JSON.stringify(line))

/** Prints what the kernel and plain JavaScript take for the same units, and how many times faster the kernel is. */
export function compare(bench: string, size: object, units: number, kernel: () => unknown, plain: () => unknown): void {
  const ns = medians({ kernel: { units, run: kernel }, plain: { units, run: plain } })
  report({
    bench,
    ...size,
    kernelNs: rounded(ns.kernel),
    plainNs: rounded(ns.plain),
    ratio: rounded(ns.plain / ns.kernel),
  })
}

/** Repeats small work until a round is long enough for the clock. */
export const times = (count: number, work: () => unknown) => () => {
  for (let i = 0; i < count; i++) work()
}
