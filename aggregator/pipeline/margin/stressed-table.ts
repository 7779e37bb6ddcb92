/**
 * Stage one for any methodology: every distinct instrument repriced by the kernel under every column the methodology needs.
 * Columns: its scenarios, then what charges probe, then the mark, then delta, then the joint moves of its tail.
 */
import { toNumber } from "../../domain/decimal.js"
import type { Methodology } from "../../domain/methodology.js"
import type { InstrumentColumns, InstrumentRefusal, RiskKernel, ScenarioColumns } from "../../domain/ports.js"
import { movesOf, sharedMoves } from "./moves.js"
import { onceEach } from "./once-each.js"
import { skewedVolatility } from "./skewed-volatility.js"
import type { Stressed } from "./stressed.js"

export interface StressedTable {
  readonly layout: Columns
  /** rows × columns: P&L of +1 long in whole ticks, the mark in ticks, delta in `DELTA_TICK`. */
  readonly ticks: Float64Array
  /** By place; rows are in an order of their own, so that they do not depend on who holds what. */
  readonly rows: Uint32Array
  /** Largest |P&L| of each row over scenarios, probes and tail, in ticks. */
  readonly widest: Float64Array
  /** Instruments that the kernel cannot price, by key, and its code for why. */
  readonly refused: ReadonlyMap<string, string>
  /** rows × 2: value of +1 long now in whole ticks, down for what is owned, up for what is owed; 0 for what is linear. */
  readonly marks: Float64Array
}

export interface Columns {
  readonly count: number
  /** First column of the probe of a charge, by its place in the methodology: up, then down. */
  readonly probes: ReadonlyMap<number, number>
  readonly mark: number
  readonly delta: number
  /** First column of the tail's joint moves. */
  readonly tail: number
}

export const DELTA_TICK = 1e-12
const KIND = { linear: 0, call: 1, put: 2 } as const

const columnsOf = onceEach((method: Methodology): Columns => {
  const probes = new Map<number, number>()
  let count = method.scenarios.length
  method.charges.forEach((charge, i) => {
    if (charge.kind !== "basis") return
    probes.set(i, count)
    count += 2
  })
  const tail = method.tail?.moves.length ?? 0
  return { count: count + 2 + tail, probes, mark: count, delta: count + 1, tail: count + 2 }
})

/**
 * P&L and marks to the nearest tick, one kernel call for each set of instruments that share all their shocks.
 * What the kernel refuses is left out with the reason, so that it troubles only who holds it.
 */
export function stressedTable(
  kernel: RiskKernel,
  method: Methodology,
  instruments: readonly Stressed[],
): StressedTable {
  const layout = columnsOf(method)
  const distinct = instruments.toSorted(byContents)
  const rows = new Uint32Array(distinct.length)
  distinct.forEach((each, row) => {
    rows[each.place] = row
  })
  const ticks = new Float64Array(distinct.length * layout.count)
  const values = new Float64Array(distinct.length)
  const refused = new Map<string, string>()
  const tick = toNumber(method.tick)

  const { skews } = movesOf(method)
  for (const [shape, members] of sharedMoves(distinct, method)) {
    const priced = withoutRefused(members, refused, each => {
      const columns = instrumentColumns(each)
      const { pnl, value } = kernel.riskArrays(columns, shape, tick)
      const { delta } = kernel.greeks(columns)
      return { pnl, value, delta, skewed: skews.map(({ move }) => skewedValues(kernel, each, move, tick)) }
    })
    if (!priced) continue
    const width = shape.weight.length
    priced.members.forEach((each, i) => {
      const row = rows[each.place] ?? 0
      const at = row * layout.count
      const { pnl, value, delta, skewed } = priced.result
      const moved = pnl.subarray(i * width, (i + 1) * width)
      ticks.set(moved.subarray(0, layout.mark), at)
      ticks.set(moved.subarray(layout.mark), at + layout.tail)
      ticks[at + layout.delta] = Math.round((delta[i] ?? Number.NaN) / DELTA_TICK)
      if (each.kind === "linear") return
      values[row] = value[i] ?? Number.NaN
      ticks[at + layout.mark] = Math.round((values[row] ?? Number.NaN) / tick)
      skews.forEach(({ column }, k) => {
        ticks[at + column] = Math.round(((skewed[k]?.[i] ?? Number.NaN) - (values[row] ?? Number.NaN)) / tick)
      })
    })
  }

  const widest = Float64Array.from(distinct, (_, row) => {
    const own = ticks.subarray(row * layout.count, (row + 1) * layout.count)
    return own.reduce(
      (most, each, i) => (i === layout.mark || i === layout.delta ? most : Math.max(most, Math.abs(each))),
      0,
    )
  })
  const marks = new Float64Array(2 * distinct.length)
  values.forEach((value, row) => {
    marks[2 * row] = Math.floor(value / tick)
    marks[2 * row + 1] = Math.ceil(value / tick)
  })
  return { layout, ticks, rows, widest, refused, marks }
}

/** A skew moves each strike by its own amount: the option with that volatility is another option, priced as it stands. */
function skewedValues(
  kernel: RiskKernel,
  instruments: readonly Stressed[],
  move: Parameters<typeof skewedVolatility>[1],
  tick: number,
): Float64Array {
  const skewed = instruments.map(each =>
    each.kind === "linear"
      ? each
      : {
          ...each,
          volatility: skewedVolatility(kernel, move, {
            volatility: each.volatility,
            forward: each.price,
            strike: each.strike,
            years: each.terms?.years ?? 0,
          }),
        },
  )
  return kernel.riskArrays(instrumentColumns(skewed), UNCHANGED, tick).value
}

/** Neither price nor volatility nor time moves. */
const UNCHANGED: ScenarioColumns = {
  priceMove: Float64Array.of(0),
  volatilityFactor: Float64Array.of(1),
  volatilityShift: Float64Array.of(0),
  timeRoll: Float64Array.of(0),
  weight: Float64Array.of(1),
}

function instrumentColumns(instruments: readonly Stressed[]): InstrumentColumns {
  const column = () => new Float64Array(instruments.length)
  const kind = new Uint8Array(instruments.length)
  const [spot, rate, strike, volatility, timeToExpiry] = [column(), column(), column(), column(), column()]
  instruments.forEach((each, i) => {
    kind[i] = KIND[each.kind]
    spot[i] = each.price
    rate[i] = each.kind === "linear" ? 0 : (each.terms?.rate ?? 0)
    strike[i] = each.strike
    volatility[i] = each.volatility
    timeToExpiry[i] = each.terms?.years ?? 0
  })
  return { kind, spot, carry: column(), rate, strike, volatility, timeToExpiry }
}

/** An order that nobody's book decides: numbers before names, which take longer to compare. */
function byContents(a: Stressed, b: Stressed): number {
  if (a.unit !== b.unit) return a.unit < b.unit ? -1 : 1
  return a.price - b.price || a.strike - b.strike || a.volatility - b.volatility || (a.key < b.key ? -1 : 1)
}

/** Computes for all members but those that the kernel refuses one after the other. */
function withoutRefused<T>(
  all: readonly Stressed[],
  refused: Map<string, string>,
  compute: (members: readonly Stressed[]) => T,
): { readonly members: readonly Stressed[]; readonly result: T } | undefined {
  const members = [...all]
  while (members.length > 0) {
    try {
      return { members, result: compute(members) }
    } catch (error) {
      const [stranger] = isRefusal(error) ? members.splice(error.instrument, 1) : []
      if (!isRefusal(error) || !stranger) throw error
      refused.set(stranger.key, error.code)
    }
  }
  return undefined
}

const isRefusal = (error: unknown): error is InstrumentRefusal =>
  error instanceof Error && "code" in error && "instrument" in error && typeof error.instrument === "number"
