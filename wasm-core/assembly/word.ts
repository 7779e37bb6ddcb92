/**
 * Bit arithmetic on 64-bit words: u64, or two of them side by side as v128. As `lane.ts` is for numbers.
 */

@inline
export function xor<W>(a: W, b: W): W {
  if (isVector<W>()) return v128.xor(a, b)
  return a ^ b
}

/** What is set in `b` and not in `a`. */
@inline
export function without<W>(a: W, b: W): W {
  if (isVector<W>()) return v128.andnot(b, a)
  return ~a & b
}

/** Rotated to the left by 1 … 63. */
@inline
export function rotate<W>(a: W, by: i32): W {
  if (isVector<W>()) return v128.or(i64x2.shl(a, by), i64x2.shr_u(a, 64 - by))
  return rotl<u64>(a, by)
}

/** Every word the one at an address. */
@inline
export function loadEach<W>(address: usize): W {
  if (isVector<W>()) return v128.load64_splat(address)
  return load<u64>(address)
}

/** The word at each of two addresses; where there is room for one only, at the first. */
@inline
export function loadBoth<W>(a: usize, b: usize): W {
  if (isVector<W>()) return v128.load64_lane(b, v128.load64_zero(a), 1)
  return load<u64>(a)
}

/** The counterpart of `loadBoth`. */
@inline
export function storeBoth<W>(a: usize, b: usize, word: W): void {
  if (isVector<W>()) {
    v128.store64_lane(a, word, 0)
    v128.store64_lane(b, word, 1)
  } else {
    store<u64>(a, word)
  }
}
