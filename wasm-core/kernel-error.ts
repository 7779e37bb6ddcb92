/**
 * The kernel's refusals: a status number from Wasm becomes an error with a code and the element it is about.
 */

/** By status number, see `assembly/status.ts`; append only. */
const STATUS_CODES = [
  "OK",
  "SIZE_OUT_OF_RANGE",
  "OUT_OF_MEMORY",
  "INSTRUMENT_KIND_INVALID",
  "SPOT_INVALID",
  "CARRY_INVALID",
  "RATE_INVALID",
  "STRIKE_INVALID",
  "VOLATILITY_INVALID",
  "TIME_TO_EXPIRY_INVALID",
  "PRICE_MOVE_INVALID",
  "VOLATILITY_FACTOR_INVALID",
  "VOLATILITY_SHIFT_INVALID",
  "TIME_ROLL_INVALID",
  "WEIGHT_INVALID",
  "TICK_INVALID",
  "PNL_OUT_OF_RANGE",
  "VALUE_OUT_OF_RANGE",
  "ROW_START_INVALID",
  "INSTRUMENT_INDEX_INVALID",
  "LOTS_INVALID",
  "RISK_ARRAY_INVALID",
  "SUM_OUT_OF_RANGE",
] as const

export type KernelErrorCode = Exclude<(typeof STATUS_CODES)[number], "OK"> | "MODULE_INVALID" | "COLUMN_LENGTH_MISMATCH"

/** Input the kernel refuses, or a module that is not the kernel. Nothing was computed. */
export class KernelError extends Error {
  constructor(
    readonly code: KernelErrorCode,
    /** The instrument, scenario, position or row at fault; null when the failure is not about one. */
    readonly index: number | null = null,
    options?: ErrorOptions,
  ) {
    super(index === null ? code : `${code} at index ${index}`, options)
  }
  override get name(): string {
    return "KernelError"
  }
  /** The instrument that cannot be priced, where the failure is about one: without it the call may succeed. */
  get instrument(): number | null {
    return ABOUT_AN_INSTRUMENT.has(this.code) ? this.index : null
  }
}

const ABOUT_AN_INSTRUMENT: ReadonlySet<KernelErrorCode> = new Set([
  "INSTRUMENT_KIND_INVALID",
  "SPOT_INVALID",
  "CARRY_INVALID",
  "RATE_INVALID",
  "STRIKE_INVALID",
  "VOLATILITY_INVALID",
  "TIME_TO_EXPIRY_INVALID",
  "PNL_OUT_OF_RANGE",
  "VALUE_OUT_OF_RANGE",
])

/** About the whole call rather than one of its elements. */
const WITHOUT_INDEX: ReadonlySet<KernelErrorCode> = new Set(["SIZE_OUT_OF_RANGE", "OUT_OF_MEMORY", "TICK_INVALID"])

/** @throws KernelError for a status that is not OK; `faultIndex` is where the call stopped. */
export function refuse(status: number, faultIndex: number): never {
  const code = STATUS_CODES[status]
  if (code === undefined || code === "OK") throw new KernelError("MODULE_INVALID")
  throw new KernelError(code, WITHOUT_INDEX.has(code) ? null : faultIndex)
}
