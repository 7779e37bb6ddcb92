/**
 * The kernel's exports: reserve a block, write its inputs, compute, read its outputs.
 * Every function returns a status; nothing is imported, so the same bytes in give the same bits out everywhere.
 */

import { aggregateBooks } from "./aggregate"
import { greeks as differentiate } from "./greeks"
import { layOutBooks, layOutGreeks, layOutRisk, reserve } from "./layout"
import { riskArrays as reprice } from "./risk-array"
import { OK } from "./status"

export { directory } from "./layout"
export { faultIndex } from "./status"

export function reserveRiskArrays(instruments: u32, scenarios: u32): i32 {
  const status = layOutRisk(instruments, scenarios)
  return status == OK ? reserve() : status
}

export function riskArrays(instruments: u32, scenarios: u32, tick: f64): i32 {
  return reprice<v128>(instruments, scenarios, tick)
}

/** The twin: the same algorithm one scenario at a time. What SIMD is checked against, bit by bit. */
export function riskArraysScalar(instruments: u32, scenarios: u32, tick: f64): i32 {
  return reprice<f64>(instruments, scenarios, tick)
}

export function reserveBooks(instruments: u32, scenarios: u32, rows: u32, positions: u32): i32 {
  const status = layOutBooks(instruments, scenarios, rows, positions, false)
  return status == OK ? reserve() : status
}

export function worstScenarios(instruments: u32, scenarios: u32, rows: u32, positions: u32): i32 {
  return aggregateBooks<v128>(instruments, scenarios, rows, positions, false)
}

export function worstScenariosScalar(instruments: u32, scenarios: u32, rows: u32, positions: u32): i32 {
  return aggregateBooks<f64>(instruments, scenarios, rows, positions, false)
}

/** Room for the sums of every row, not only of the worst scenario. */
export function reserveSums(instruments: u32, scenarios: u32, rows: u32, positions: u32): i32 {
  const status = layOutBooks(instruments, scenarios, rows, positions, true)
  return status == OK ? reserve() : status
}

export function scenarioSums(instruments: u32, scenarios: u32, rows: u32, positions: u32): i32 {
  return aggregateBooks<v128>(instruments, scenarios, rows, positions, true)
}

export function scenarioSumsScalar(instruments: u32, scenarios: u32, rows: u32, positions: u32): i32 {
  return aggregateBooks<f64>(instruments, scenarios, rows, positions, true)
}

/** e^x and ln x for the host: its own differ from engine to engine. */
export function exponential(x: f64): f64 {
  return Math.exp(x)
}

export function logarithm(x: f64): f64 {
  return Math.log(x)
}

export function reserveGreeks(instruments: u32): i32 {
  const status = layOutGreeks(instruments)
  return status == OK ? reserve() : status
}

export function greeks(instruments: u32): i32 {
  return differentiate(instruments)
}
