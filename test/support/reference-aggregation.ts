/**
 * A second implementation of the kernel's aggregation, for tests: BigInt, so exact whatever the sizes.
 * Also the bound the kernel refuses by, so that a refusal is checked as strictly as a result.
 */

export interface Position {
  readonly instrument: number
  readonly lots: number
}

/** Lowest Σ lots · ticks over the scenarios and the first scenario it occurs at; an empty book is 0 at 0. */
export function worstOf(table: readonly (readonly number[])[], book: readonly Position[]) {
  const scenarios = table[0]?.length ?? 0
  let worst = { pnl: 0n, scenario: 0 }
  for (let scenario = 0; scenario < scenarios; scenario++) {
    let pnl = 0n
    for (const { instrument, lots } of book) pnl += BigInt(lots) * BigInt(table[instrument]?.[scenario] ?? 0)
    if (scenario === 0 || pnl < worst.pnl) worst = { pnl, scenario }
  }
  return worst
}

/** Σ lots · ticks for each scenario. */
export const sumsOf = (table: readonly (readonly number[])[], book: readonly Position[]): bigint[] =>
  (table[0] ?? []).map((_, scenario) =>
    book.reduce((sum, { instrument, lots }) => sum + BigInt(lots) * BigInt(table[instrument]?.[scenario] ?? 0), 0n),
  )

/** Σ |lots| · largest |ticks|: an upper bound of every partial sum in every order. */
export function boundOf(table: readonly (readonly number[])[], book: readonly Position[]): bigint {
  let bound = 0n
  for (const { instrument, lots } of book) {
    const largest = Math.max(...(table[instrument] ?? []).map(Math.abs))
    bound += BigInt(Math.abs(lots)) * BigInt(largest)
  }
  return bound
}
