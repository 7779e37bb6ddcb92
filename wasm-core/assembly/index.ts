/**
 * The kernel's exports: reserve a block, write its inputs, compute, read its outputs.
 * Every function returns a status; nothing is imported, so the same bytes in give the same bits out everywhere.
 *
 * `…Scalar` is the twin: the same algorithm one lane at a time. What SIMD is checked against, bit by bit.
 */

import { sumsOfRows, worstOfRows } from "./aggregate"
import { greeks as differentiate } from "./greeks"
import { hashMessages, hashPairsOf } from "./keccak"
import { at, layOutGreeks, layOutHash, layOutRisk, layOutStress, layOutSums, layOutTail, reserve, Resident } from "./layout"
import { repriceRows } from "./risk-array"
import { OK } from "./status"
import { tailOfRows } from "./tail"
import { askWhatIf, prepareWhatIf as prepare } from "./what-if"
import { stressBooks } from "./stress"

export { blockEnd, directory } from "./layout"
export { addBooks, keepRows, openBlock, reserveBooks, takeRows } from "./resident"
export { faultIndex } from "./status"
export { reserveWhatIf } from "./what-if"

/** Room for n instruments and as many scenarios as the table has. */
export function reserveRisk(n: u32): i32 {
  const status = layOutRisk(n, <u32>at(Resident.SCENARIOS))
  return status == OK ? reserve() : status
}

export function reprice(first: u32, n: u32, tick: f64): i32 {
  return repriceRows<v128>(first, n, tick)
}

export function repriceScalar(first: u32, n: u32, tick: f64): i32 {
  return repriceRows<f64>(first, n, tick)
}

export function worst(first: u32, end: u32, thread: u32): i32 {
  return worstOfRows<v128>(first, end, thread)
}

export function worstScalar(first: u32, end: u32, thread: u32): i32 {
  return worstOfRows<f64>(first, end, thread)
}

export function reserveSums(rows: u32): i32 {
  const status = layOutSums(rows, <u32>at(Resident.SCENARIOS))
  return status == OK ? reserve() : status
}

export function sums(first: u32, end: u32): i32 {
  return sumsOfRows<v128>(first, end)
}

export function sumsScalar(first: u32, end: u32): i32 {
  return sumsOfRows<f64>(first, end)
}

export function prepareWhatIf(tick: f64): i32 {
  return prepare<v128>(tick)
}

export function prepareWhatIfScalar(tick: f64): i32 {
  return prepare<f64>(tick)
}

export function whatIf(n: u32): i32 {
  return askWhatIf<v128>(n)
}

export function whatIfScalar(n: u32): i32 {
  return askWhatIf<f64>(n)
}

export function reserveTail(rows: u32): i32 {
  const status = layOutTail(rows)
  return status == OK ? reserve() : status
}

export function tail(base: u32, count: u32, first: u32, end: u32, depth: u32, thread: u32): i32 {
  return tailOfRows<v128>(base, count, first, end, depth, thread)
}

export function tailScalar(base: u32, count: u32, first: u32, end: u32, depth: u32, thread: u32): i32 {
  return tailOfRows<f64>(base, count, first, end, depth, thread)
}

export function reserveGreeks(instruments: u32): i32 {
  const status = layOutGreeks(instruments)
  return status == OK ? reserve() : status
}

export function greeks(instruments: u32): i32 {
  return differentiate(instruments)
}

export function reserveHash(n: u32, bytes: u32): i32 {
  const status = layOutHash(n, bytes)
  return status == OK ? reserve() : status
}

export function hash(n: u32, bytes: u32): i32 {
  return hashMessages<v128>(n, bytes)
}

export function hashScalar(n: u32, bytes: u32): i32 {
  return hashMessages<u64>(n, bytes)
}

export function hashPairs(n: u32): i32 {
  return hashPairsOf<v128>(n)
}

export function hashPairsScalar(n: u32): i32 {
  return hashPairsOf<u64>(n)
}

/** e^x and ln x for the host: its own differ from engine to engine. */
export function exponential(x: f64): f64 {
  return Math.exp(x)
}

export function logarithm(x: f64): f64 {
  return Math.log(x)
}

export function reserveStress(
  n: u32, columns: u32, s: u32, positions: u32, groups: u32, units: u32, books: u32, settlements: u32,
  tail: u32,
): i32 {
  const status = layOutStress(n, columns, s, positions, groups, units, books, settlements, tail)
  return status == OK ? reserve() : status
}

export function stress(
  n: u32, columns: u32, s: u32, positions: u32, groups: u32, units: u32, books: u32, settlements: u32,
  tail: u32, markColumn: u32, offset: f64, cap: f64, tailColumn: u32, mass: f64,
): i32 {
  return stressBooks<v128>(
    n, columns, s, positions, groups, units, books, settlements, tail, markColumn, offset, cap, tailColumn, mass,
  )
}

export function stressScalar(
  n: u32, columns: u32, s: u32, positions: u32, groups: u32, units: u32, books: u32, settlements: u32,
  tail: u32, markColumn: u32, offset: f64, cap: f64, tailColumn: u32, mass: f64,
): i32 {
  return stressBooks<f64>(
    n, columns, s, positions, groups, units, books, settlements, tail, markColumn, offset, cap, tailColumn, mass,
  )
}
