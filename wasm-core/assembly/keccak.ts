/**
 * keccak256 of many messages of one length: what leaves and inner nodes of an attestation's tree are hashed with.
 * SIMD treats two messages side by side; a message left over is both of them.
 *
 *   state   25 words of W, A[x, y] at x + 5y; a block of 136 bytes goes into the first 17
 */
import { at, fits, Hash, layOutHash } from "./layout"
import { OK, SIZE_OUT_OF_RANGE } from "./status"
import { loadBoth, loadEach, rotate, storeBoth, without, xor } from "./word"

const RATE: u32 = 136
const DIGEST: u32 = 32
const STATE_WORDS: u32 = 25
const ROUNDS: usize = 24

/** ι of each round. */
const IOTA = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
  0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
  0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
  0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
])

/** Where Keccak's padding begins and ends. */
const FIRST_BIT = memory.data<u64>([1])
const LAST_BIT = memory.data<u64>([0x8000000000000000])

@inline
function word<W>(state: usize, i: usize): W {
  return load<W>(state + i * sizeof<W>())
}

@inline
function put<W>(state: usize, i: usize, value: W): void {
  store<W>(state + i * sizeof<W>(), value)
}

/** Parity of a column. */
@inline
function column<W>(state: usize, x: usize): W {
  return xor<W>(
    xor<W>(xor<W>(word<W>(state, x), word<W>(state, x + 5)), xor<W>(word<W>(state, x + 10), word<W>(state, x + 15))),
    word<W>(state, x + 20),
  )
}

/** χ of a row, and ι where it is the first. */
@inline
function row<W>(to: usize, first: usize, b0: W, b1: W, b2: W, b3: W, b4: W): void {
  put<W>(to, first + 1, xor<W>(b1, without<W>(b2, b3)))
  put<W>(to, first + 2, xor<W>(b2, without<W>(b3, b4)))
  put<W>(to, first + 3, xor<W>(b3, without<W>(b4, b0)))
  put<W>(to, first + 4, xor<W>(b4, without<W>(b0, b1)))
  put<W>(to, first, xor<W>(b0, without<W>(b1, b2)))
}

/** θ, ρ, π, χ and ι from one state into another. */
@inline
function round<W>(from: usize, to: usize, iota: usize): void {
  const c0 = column<W>(from, 0)
  const c1 = column<W>(from, 1)
  const c2 = column<W>(from, 2)
  const c3 = column<W>(from, 3)
  const c4 = column<W>(from, 4)
  const d0 = xor<W>(c4, rotate<W>(c1, 1))
  const d1 = xor<W>(c0, rotate<W>(c2, 1))
  const d2 = xor<W>(c1, rotate<W>(c3, 1))
  const d3 = xor<W>(c2, rotate<W>(c4, 1))
  const d4 = xor<W>(c3, rotate<W>(c0, 1))

  row<W>(
    to, 0,
    xor<W>(word<W>(from, 0), d0),
    rotate<W>(xor<W>(word<W>(from, 6), d1), 44),
    rotate<W>(xor<W>(word<W>(from, 12), d2), 43),
    rotate<W>(xor<W>(word<W>(from, 18), d3), 21),
    rotate<W>(xor<W>(word<W>(from, 24), d4), 14),
  )
  put<W>(to, 0, xor<W>(word<W>(to, 0), loadEach<W>(iota)))
  row<W>(
    to, 5,
    rotate<W>(xor<W>(word<W>(from, 3), d3), 28),
    rotate<W>(xor<W>(word<W>(from, 9), d4), 20),
    rotate<W>(xor<W>(word<W>(from, 10), d0), 3),
    rotate<W>(xor<W>(word<W>(from, 16), d1), 45),
    rotate<W>(xor<W>(word<W>(from, 22), d2), 61),
  )
  row<W>(
    to, 10,
    rotate<W>(xor<W>(word<W>(from, 1), d1), 1),
    rotate<W>(xor<W>(word<W>(from, 7), d2), 6),
    rotate<W>(xor<W>(word<W>(from, 13), d3), 25),
    rotate<W>(xor<W>(word<W>(from, 19), d4), 8),
    rotate<W>(xor<W>(word<W>(from, 20), d0), 18),
  )
  row<W>(
    to, 15,
    rotate<W>(xor<W>(word<W>(from, 4), d4), 27),
    rotate<W>(xor<W>(word<W>(from, 5), d0), 36),
    rotate<W>(xor<W>(word<W>(from, 11), d1), 10),
    rotate<W>(xor<W>(word<W>(from, 17), d2), 15),
    rotate<W>(xor<W>(word<W>(from, 23), d3), 56),
  )
  row<W>(
    to, 20,
    rotate<W>(xor<W>(word<W>(from, 2), d2), 62),
    rotate<W>(xor<W>(word<W>(from, 8), d3), 55),
    rotate<W>(xor<W>(word<W>(from, 14), d4), 39),
    rotate<W>(xor<W>(word<W>(from, 15), d0), 41),
    rotate<W>(xor<W>(word<W>(from, 21), d1), 2),
  )
}

/** The permutation keccak-f[1600], by way of a second state. */
function permute<W>(state: usize, other: usize): void {
  for (let r: usize = 0; r < ROUNDS; r += 2) {
    round<W>(state, other, IOTA + (r << 3))
    round<W>(other, state, IOTA + (r << 3) + 8)
  }
}

@inline
function absorb<W>(state: usize, i: usize, value: W): void {
  put<W>(state, i, xor<W>(word<W>(state, i), value))
}

/** Digests of the messages at `a` and `b`, of `length` bytes each. */
function digest<W>(state: usize, other: usize, a: usize, b: usize, length: u32, toA: usize, toB: usize): void {
  memory.fill(state, 0, STATE_WORDS * sizeof<W>())
  let left = length
  while (left >= RATE) {
    for (let i: usize = 0; i < RATE >> 3; ++i) absorb<W>(state, i, loadBoth<W>(a + (i << 3), b + (i << 3)))
    permute<W>(state, other)
    a += RATE
    b += RATE
    left -= RATE
  }
  for (let i: usize = 0; i < left >> 3; ++i) absorb<W>(state, i, loadBoth<W>(a + (i << 3), b + (i << 3)))
  absorb<W>(state, left >> 3, loadEach<W>(FIRST_BIT))
  absorb<W>(state, (RATE >> 3) - 1, loadEach<W>(LAST_BIT))
  permute<W>(state, other)
  for (let i: usize = 0; i < DIGEST >> 3; ++i) storeBoth<W>(toA + (i << 3), toB + (i << 3), word<W>(state, i))
}

/** Hashes n messages of `length` bytes, a multiple of 8, into as many digests. */
export function hashMessages<W>(n: u32, length: u32): i32 {
  const status = layOutHash(n, length)
  if (status != OK) return status
  if (!fits()) return SIZE_OUT_OF_RANGE
  const messages = at(Hash.MESSAGES)
  const digests = at(Hash.DIGESTS)
  const state = at(Hash.STATE)
  const other = state + STATE_WORDS * sizeof<W>()
  for (let k: u32 = 0; k < n; k += <u32>(sizeof<W>() >> 3)) {
    const next = min<u32>(k + 1, n - 1)
    digest<W>(
      state, other,
      messages + <usize>k * length, messages + <usize>next * length, length,
      digests + <usize>k * DIGEST, digests + <usize>next * DIGEST,
    )
  }
  return OK
}

/** Hashes n pairs of digests, the lower one of each first; the pairs are sorted where they lie. */
export function hashPairsOf<W>(n: u32): i32 {
  const status = layOutHash(n, 2 * DIGEST)
  if (status != OK) return status
  if (!fits()) return SIZE_OUT_OF_RANGE
  const pairs = at(Hash.MESSAGES)
  for (let k: u32 = 0; k < n; ++k) sortPair(pairs + <usize>k * (2 * DIGEST))
  return hashMessages<W>(n, 2 * DIGEST)
}

function sortPair(pair: usize): void {
  for (let i: usize = 0; i < DIGEST; i += 8) {
    const a = bswap<u64>(load<u64>(pair + i))
    const b = bswap<u64>(load<u64>(pair + DIGEST + i))
    if (a == b) continue
    if (a > b) swap(pair)
    return
  }
}

@inline
function swap(pair: usize): void {
  for (let i: usize = 0; i < DIGEST; i += 8) {
    const low = load<u64>(pair + i)
    store<u64>(pair + i, load<u64>(pair + DIGEST + i))
    store<u64>(pair + DIGEST + i, low)
  }
}
