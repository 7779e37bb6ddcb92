/**
 * The clock sysvar: slot, epoch and time of the state it is read with.
 */
import { viewOf } from "./layout.js"

export const CLOCK_KEY = "SysvarC1ock11111111111111111111111111111111"

export interface SolanaClock {
  readonly slot: bigint
  readonly epoch: bigint
  /** Unix seconds, the validators' stake-weighted estimate. */
  readonly unixTime: number
}

/**
 * slot u64 0 · epoch start i64 8 · epoch u64 16 · leader schedule epoch u64 24 · unix time i64 32, little-endian.
 *
 * @throws LayoutError when the data is not that long.
 */
export function decodeClock(data: Uint8Array): SolanaClock {
  const view = viewOf("clock", data, 40)
  return {
    slot: view.getBigUint64(0, true),
    epoch: view.getBigUint64(16, true),
    unixTime: Number(view.getBigInt64(32, true)),
  }
}
