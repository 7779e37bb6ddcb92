/**
 * What the pipeline needs from the outside: chains to read, a kernel to compute, a wire to publish on.
 */
import type { Attestation } from "./attestation.js"
import type { Address, ChainId } from "./caip.js"
import type { ChainReading, PriceObservation } from "./reading.js"

/** Reads every linked address of one chain at one pin. Never rejects: an unreachable chain is a reading too. */
export interface ChainReader {
  readonly chain: ChainId
  read(addresses: readonly Address[], signal: AbortSignal): Promise<ChainReading>
}

/** Prices from elsewhere than a chain. Never rejects: a source that says nothing has observations with a doubt. */
export interface PriceSource {
  read(signal: AbortSignal): Promise<readonly PriceObservation[]>
}

/** Unix seconds; only for deadlines, epochs and logs. Valuation uses pinned block times. */
export interface Clock {
  now(): number
}

/** Instruments of one risk unit as columns; all arrays have the same length n. */
export interface InstrumentColumns {
  /** 0 linear (spot, perpetual, future), 1 call, 2 put. */
  readonly kind: Uint8Array
  /** Price of the underlying now, USD, > 0. The kernel grows it to the forward: F = spot · e^(carry · T). */
  readonly spot: Float64Array
  /** Cost of carry per year, continuously compounded: rate − yield; 0 where `spot` already is the forward. */
  readonly carry: Float64Array
  /** Discount rate per year, continuously compounded, ≥ 0. */
  readonly rate: Float64Array
  /** USD, > 0 for options, ignored for linear. */
  readonly strike: Float64Array
  /** Annualised, ≥ 0. */
  readonly volatility: Float64Array
  /** Years of 365 days, ≥ 0; 0 is intrinsic value. */
  readonly timeToExpiry: Float64Array
}

/** Scenarios of one risk unit as columns; all arrays have the same length s. */
export interface ScenarioColumns {
  /** Relative move of the forward, > −1. */
  readonly priceMove: Float64Array
  /** σ′ = max(σ · volatilityFactor + volatilityShift, 0). */
  readonly volatilityFactor: Float64Array
  readonly volatilityShift: Float64Array
  /** Years that pass, ≥ 0. */
  readonly timeRoll: Float64Array
  /** Share of the P&L that counts, e.g. SPAN's cover fraction. */
  readonly weight: Float64Array
}

export interface RiskArrays {
  /** n × s, instrument-major: weighted P&L of +1 long in whole ticks (integers held in f64). */
  readonly pnl: Float64Array
  /** n: unrounded value of +1 long now, USD. */
  readonly value: Float64Array
}

/** Books as compressed sparse rows: row r holds positions[rowStart[r] … rowStart[r+1]). One row is one (account, risk unit). */
export interface BookRows {
  /** rows + 1 entries, ascending, first 0. */
  readonly rowStart: Uint32Array
  /** Index of each position's instrument in the risk arrays. */
  readonly instrument: Uint32Array
  /** Signed whole lots (integers held in f64). */
  readonly lots: Float64Array
}

export interface WorstScenarios {
  /** Per row: the lowest P&L over the scenarios, ticks × lots, exact integer, can be > 0. */
  readonly pnl: Float64Array
  /** Per row: the first scenario index at which it occurs. */
  readonly scenario: Uint32Array
}

/** Books whose positions are valued in groups, groups added up to risk units, units to books; each level as sparse rows. */
export interface GroupedBooks {
  /** Group g holds positions groupStart[g] … groupStart[g + 1] − 1. */
  readonly groupStart: Uint32Array
  readonly instrument: Uint32Array
  /** Signed, finite; exact as far as f64 holds them. */
  readonly lots: Float64Array
  /** Bits, one byte a group: 1 is valued after a scenario and discounted by its sign, 2 loses by any rotation. */
  readonly kind: Uint8Array
  /** What a group's value after a scenario is multiplied by when it is ≥ 0, and when it is < 0. */
  readonly owned: Float64Array
  readonly owed: Float64Array
  readonly unitStart: Uint32Array
  /** Row of `divisor`, one a unit; empty where all is paid in cash. */
  readonly settlement: Uint32Array
  readonly bookStart: Uint32Array
}

/** How a unit's P&L is counted, one entry a scenario unless said. */
export interface StressTerms {
  readonly weight: Float64Array
  /** 1 where the scenario rotates volatilities, so that either direction is possible; else 0. */
  readonly rotation: Float64Array
  /** ≥ 0, lots × ticks: what a unit's weighted P&L is moved towards 0 by. */
  readonly dampener: Float64Array
  /** settlements × scenarios: what a value after the scenario is divided by; empty where all is paid in cash. */
  readonly divisor: Float64Array
  /** Share of one unit's gain that counts against another's loss, and the most that does. */
  readonly offset: number
  readonly maximumOffset: number
  /** Joint moves of all units in columns of the table from `column` on, their shares, and how much of them is the tail. */
  readonly tail: { readonly column: number; readonly shares: Float64Array; readonly mass: number } | null
}

export interface StressResult {
  /** Per unit: the lowest counted P&L, lots × ticks, and the first scenario that gives it. */
  readonly worstPnl: Float64Array
  readonly worstScenario: Uint32Array
  /** Per book: the largest loss of its units together, ≥ 0, and the first scenario that gives it. */
  readonly jointLoss: Float64Array
  readonly jointScenario: Uint32Array
  /** Per book: mean loss over the tail, lots × ticks, < 0 where even that gains; `null` without a tail. */
  readonly shortfall: Float64Array | null
}

/** Derivatives of the value of +1 long at base, USD, one entry an instrument. */
export interface GreekColumns {
  /** Per USD of the forward. */
  readonly delta: Float64Array
  /** Per USD² of the forward. */
  readonly gamma: Float64Array
  /** Per 1.00 of volatility. */
  readonly vega: Float64Array
  /** Per day, the forward held. */
  readonly theta: Float64Array
}

/** What a kernel's error carries when it refuses one instrument of a call: without that one the call may succeed. */
export interface InstrumentRefusal {
  readonly code: string
  /** Index in the columns. */
  readonly instrument: number
}

/** The risk-array kernel. Same bytes in, same bits out, on every engine. */
export interface RiskKernel {
  /** @throws an error that is an `InstrumentRefusal` where one instrument is to blame for non-finite or out-of-range input. */
  riskArrays(instruments: InstrumentColumns, scenarios: ScenarioColumns, tick: number): RiskArrays
  /** @throws KernelError on a bad index, a non-integer lot or a sum beyond 2^53. */
  worstScenarios(riskArrays: Float64Array, scenarioCount: number, books: BookRows): WorstScenarios
  /**
   * Values books under every scenario; sums run in the order given. `table` is n × columns of ticks, scenarios first.
   *
   * @throws KernelError on a bad index, and where a P&L is not finite.
   */
  stress(
    table: Float64Array,
    columns: number,
    markColumn: number,
    books: GroupedBooks,
    terms: StressTerms,
  ): StressResult
  /** @throws like `riskArrays`. */
  greeks(instruments: InstrumentColumns): GreekColumns
  /** The same bits on every engine, which `Math.exp` and `Math.log` do not promise. */
  exp(x: number): number
  log(x: number): number
}

/**
 * A kernel that also keeps risk arrays and books in its memory, for passes over many accounts tick after tick:
 * `openBooks` once, `addRows` when books change, then on each tick `reprice` what moved and read the rows concerned.
 */
export interface ResidentKernel extends RiskKernel {
  /** Room for a table of instruments × scenarios and for so many book rows. It is freed with the object. */
  openBooks(size: { readonly instruments: number; readonly scenarios: number; readonly rows: number }): ResidentBooks
}

/** One row is one (account, risk unit). Rows of a unit kept together let one unit's tick recompute that unit alone. */
export interface ResidentBooks {
  /**
   * Prices instruments straight into rows `first`, `first` + 1, … of the table; returns their values.
   * If one is refused, all these rows count as not priced, and books that hold them are refused too.
   *
   * @throws an error that is an `InstrumentRefusal`, its index counted from `first`, like `RiskKernel.riskArrays`.
   */
  reprice(first: number, instruments: InstrumentColumns, scenarios: ScenarioColumns, tick: number): Float64Array
  /** Puts whole ticks computed elsewhere into the table from row `first` on. @throws KernelError on any other number. */
  writeTable(first: number, pnl: Float64Array): void
  /** Adds rows behind those already there, all or none. @throws KernelError on a bad index or a non-integer lot. */
  addRows(books: BookRows): void
  /** Forgets the rows from `count` on. */
  keepRows(count: number): void
  readonly rowCount: number
  /**
   * Of rows `first` … `end` − 1, all unless said. Windows on the kernel's memory: copy what is to outlive the next call.
   *
   * @throws KernelError naming the row whose sums could pass 2^53, or the instrument that is held but not priced.
   */
  worstScenarios(first?: number, end?: number): WorstScenarios
  /** rows × scenarios, row-major: every scenario's sum, exact. @throws KernelError like `worstScenarios`. */
  scenarioSums(first?: number, end?: number): Float64Array
  /**
   * Per row the sum of the `depth` lowest P&Ls over the scenarios, and the next one; exact.
   * For expected shortfall with t = scenarios · (1 − level): depth = ⌊t⌋, ES = −(sum + (t − depth) · edge) / t.
   */
  tails(depth: number, first?: number, end?: number): { readonly sum: Float64Array; readonly edge: Float64Array }
}

export interface Receipt {
  readonly transaction: string
  readonly sequence: bigint
}

/** Emits an attestation on the home chain. */
export interface AttestationPublisher {
  publish(attestation: Attestation, signal: AbortSignal): Promise<Receipt>
}

/** How far the receivers are; both 0 before the first attestation. */
export interface Standing {
  /** The newest epoch that any of them holds. */
  readonly epoch: bigint
  /** The highest epoch below which any of them takes none any more. */
  readonly revokedBelow: bigint
}

/** Publishes on the home chain and has the signed copy carried to every chain. */
export interface AttestationWire {
  readonly homeChain: ChainId
  /** The furthest that any receiver is: the next epoch has to be higher, also after a restart. */
  standing(signal: AbortSignal): Promise<Standing>
  /** Resolves when published; what becomes of the deliveries is reported as it happens. */
  publish(attestation: Attestation, signal: AbortSignal): Promise<Receipt>
  /**
   * What a run that was cut off while publishing left: the receipt when the home chain holds this very attestation,
   * whose deliveries are then taken up; `null` when it does not.
   */
  find(attestation: Attestation, signal: AbortSignal): Promise<Receipt | null>
}

/** `SUPERSEDED`: never sent, because a newer epoch reached the chain first. */
export type DeliveryStatus = "PENDING" | "DELIVERED" | "FAILED" | "SUPERSEDED"

/** What became of one epoch on one chain. */
export interface Delivery {
  readonly chain: ChainId
  readonly status: DeliveryStatus
  readonly transaction: string | null
  /** Gas, or compute units on Solana. */
  readonly gasUsed: bigint | null
  /** What this epoch has cost there so far, in the chain's smallest unit: wei, lamports. */
  readonly fee: bigint | null
  /** Why it is not delivered (yet). */
  readonly reason: string | null
}
