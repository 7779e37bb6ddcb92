/**
 * What methodologies ask of the kernel beyond the worst scenario: every scenario's sum, Greeks, and its own e^x and ln x.
 */
import type { BookRows, InstrumentColumns, RiskKernel } from "../../domain/ports.js"

export interface ScenarioKernel extends RiskKernel {
  /** rows × scenarios, row-major: Σ lots × ticks, exact. @throws KernelError beyond 2^53. */
  scenarioSums(riskArrays: Float64Array, scenarioCount: number, books: BookRows): Float64Array
  /** Delta of +1 long to the forward, one an instrument. */
  greeks(instruments: InstrumentColumns): { readonly delta: Float64Array }
  /** The same bits on every engine, which `Math.exp` and `Math.log` do not promise. */
  exp(x: number): number
  log(x: number): number
}
