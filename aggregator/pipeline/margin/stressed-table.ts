/**
 * Stage one for any methodology: every distinct instrument repriced by the kernel under every column the methodology needs.
 * Columns: its scenarios, then what charges probe, then the mark, then delta.
 */
import { toNumber } from "../../domain/decimal.js"
import { UnpriceablePositionError, UnsupportedByPolicyError } from "../../domain/errors.js"
import { instrumentName } from "../../domain/instrument.js"
import type { HeldPosition } from "../../domain/margin-book.js"
import type { Methodology, StressScenario } from "../../domain/methodology.js"
import type { InstrumentColumns, InstrumentRefusal, ScenarioColumns } from "../../domain/ports.js"
import type { ExpiryTerms } from "./expiry-terms.js"
import type { ScenarioKernel } from "./kernel-port.js"
import { type Shock, shockOf, skewedVolatility, UNMOVED } from "./volatility-move.js"

/** One row of the table. */
export interface Stressed {
  readonly key: string
  /** For errors. */
  readonly name: string
  readonly unit: string
  readonly kind: "linear" | "call" | "put"
  /** USD: price of what is linear, forward of an option. */
  readonly price: number
  readonly strike: number
  readonly volatility: number
  /** `null` for what never expires. */
  readonly terms: ExpiryTerms | null
}

export interface StressedTable {
  readonly layout: Columns
  /** rows × columns: P&L of +1 long in whole ticks, the mark in ticks, delta in `DELTA_TICK`. */
  readonly ticks: Float64Array
  row(key: string): number
}

export interface Columns {
  readonly count: number
  /** First column of the probe of a charge, by its place in the methodology: up, then down. */
  readonly probes: ReadonlyMap<number, number>
  readonly mark: number
  readonly delta: number
}

export const DELTA_TICK = 1e-12
const KIND = { linear: 0, call: 1, put: 2 } as const

function columnsOf(method: Methodology): Columns {
  const probes = new Map<number, number>()
  let count = method.scenarios.length
  method.charges.forEach((charge, i) => {
    if (charge.kind !== "basis") return
    probes.set(i, count)
    count += 2
  })
  return { count: count + 2, probes, mark: count, delta: count + 1 }
}

/** An option is another instrument when its volatility is: two venues may quote one name differently. */
export const positionKey = (position: HeldPosition): string =>
  `${instrumentName(position.instrument)} ${position.volatility}`

/**
 * P&L and marks to the nearest tick, one kernel call for each set of instruments that share all their shocks.
 *
 * @throws UnpriceablePositionError naming the instrument that the kernel refuses.
 */
export function stressedTable(
  kernel: ScenarioKernel,
  method: Methodology,
  instruments: readonly Stressed[],
): StressedTable {
  const layout = columnsOf(method)
  const distinct = [...new Map(instruments.map(each => [each.key, each])).values()]
  const rows = new Map(distinct.map((each, i) => [each.key, i]))
  const ticks = new Float64Array(distinct.length * layout.count)
  const tick = toNumber(method.tick)
  const at = (each: Stressed, column: number) => (rows.get(each.key) ?? 0) * layout.count + column

  for (const [shape, members] of sharedShocks(distinct, method)) {
    const columns = instrumentColumns(members)
    const { pnl, value } = blaming(members, () => kernel.riskArrays(columns, shape, tick))
    const width = shape.weight.length
    const { delta } = blaming(members, () => kernel.greeks(columns))
    members.forEach((each, i) => {
      ticks.set(pnl.subarray(i * width, (i + 1) * width), at(each, 0))
      ticks[at(each, layout.mark)] = each.kind === "linear" ? 0 : Math.round((value[i] ?? Number.NaN) / tick)
      ticks[at(each, layout.delta)] = Math.round((delta[i] ?? Number.NaN) / DELTA_TICK)
    })
  }

  const options = distinct.filter(each => each.kind !== "linear")
  method.scenarios.forEach((scenario, column) => {
    if (scenario.volatility?.kind !== "skew" || options.length === 0) return
    for (const each of fillSkew(kernel, options, scenario.volatility, tick)) ticks[at(each.option, column)] = each.ticks
  })
  const row = (key: string) => {
    const found = rows.get(key)
    if (found === undefined) throw new UnsupportedByPolicyError(method.name, key)
    return found
  }
  return { layout, ticks, row }
}

/** A skew moves each strike by its own amount: the option with that volatility is another option, priced as it stands. */
function fillSkew(
  kernel: ScenarioKernel,
  options: readonly Stressed[],
  move: Parameters<typeof skewedVolatility>[1],
  tick: number,
) {
  const skewed = options.map(each => ({
    ...each,
    volatility: skewedVolatility(kernel, move, {
      volatility: each.volatility,
      forward: each.price,
      strike: each.strike,
      years: each.terms?.years ?? 0,
    }),
  }))
  const valued = (each: readonly Stressed[]) =>
    blaming(each, () => kernel.riskArrays(instrumentColumns(each), scenarioColumns([UNCHANGED]), tick).value)
  const before = valued(options)
  const after = valued(skewed)
  return options.map((option, i) => ({ option, ticks: Math.round(((after[i] ?? 0) - (before[i] ?? 0)) / tick) }))
}

interface Move extends Shock {
  readonly price: number
  readonly years: number
}

const UNCHANGED: Move = { ...UNMOVED, price: 0, years: 0 }

/** Instruments by the scenario columns they share: all of one expiry, unless a floor on volatility binds for some. */
function sharedShocks(instruments: readonly Stressed[], method: Methodology): [ScenarioColumns, Stressed[]][] {
  const shapes = new Map<string, { moves: Move[]; members: Stressed[] }>()
  for (const each of instruments) {
    const moves = movesOf(each, method)
    const shape = moves.map(({ price, factor, shift, years }) => `${price} ${factor} ${shift} ${years}`).join()
    const known = shapes.get(shape)
    if (known) known.members.push(each)
    else shapes.set(shape, { moves, members: [each] })
  }
  return [...shapes.values()].map(({ moves, members }) => [scenarioColumns(moves), members])
}

function movesOf(each: Stressed, method: Methodology): Move[] {
  const range = method.scanRanges.get(each.unit)
  if (!range && method.scanRanges.size > 0)
    throw new UnsupportedByPolicyError(method.name, `positions in ${each.unit}: it has no scan range`)
  const priceRange = range ? toNumber(range.price) : 1
  const volatilityRange = range ? toNumber(range.volatility) : 1
  const open = each.terms?.open ?? 1
  const ofScenario = ({ price, volatility, daysRolled }: StressScenario): Move => ({
    ...shockOf(volatility, each.volatility, volatilityRange, each.terms?.volatilityTerm ?? 1),
    price: toNumber(price) * priceRange * open,
    years: toNumber(daysRolled) / 365,
  })
  const probes = method.charges.flatMap(charge =>
    charge.kind === "basis"
      ? [charge.up, charge.down].map(move => ({ ...UNCHANGED, price: toNumber(move) * open }))
      : [],
  )
  return [...method.scenarios.map(ofScenario), ...probes]
}

const scenarioColumns = (moves: readonly Move[]): ScenarioColumns => ({
  priceMove: Float64Array.from(moves, each => each.price),
  volatilityFactor: Float64Array.from(moves, each => each.factor),
  volatilityShift: Float64Array.from(moves, each => each.shift),
  timeRoll: Float64Array.from(moves, each => each.years),
  weight: new Float64Array(moves.length).fill(1),
})

const instrumentColumns = (instruments: readonly Stressed[]): InstrumentColumns => ({
  kind: Uint8Array.from(instruments, each => KIND[each.kind]),
  spot: Float64Array.from(instruments, each => each.price),
  carry: new Float64Array(instruments.length),
  rate: Float64Array.from(instruments, each => (each.kind === "linear" ? 0 : (each.terms?.rate ?? 0))),
  strike: Float64Array.from(instruments, each => each.strike),
  volatility: Float64Array.from(instruments, each => each.volatility),
  timeToExpiry: Float64Array.from(instruments, each => each.terms?.years ?? 0),
})

/** Names the instrument that a refusal is about. */
function blaming<T>(instruments: readonly Stressed[], compute: () => T): T {
  try {
    return compute()
  } catch (error) {
    const blamed = isRefusal(error) ? instruments[error.instrument] : undefined
    if (!isRefusal(error) || !blamed) throw error
    throw new UnpriceablePositionError(blamed.name, error.code)
  }
}

const isRefusal = (error: unknown): error is InstrumentRefusal =>
  error instanceof Error && "code" in error && "instrument" in error && typeof error.instrument === "number"
