// SPDX-License-Identifier: Apache-2.0
// Comparing 32-byte values and reading big-endian numbers, without a library.
#pragma once
#include "runtime.h"

// The target returns nothing wider than a register, so what does has to vanish into its caller.
#define INLINE static inline __attribute__((always_inline))

// Both 8-byte aligned.
static inline int same_32(const u8 *a, const u8 *b) {
  const u64 *x = (const u64 *)a, *y = (const u64 *)b;
  return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

// Both 8-byte aligned; the order in which the tree hashes a pair.
static inline int is_below_32(const u8 *a, const u8 *b) {
  const u64 *x = (const u64 *)a, *y = (const u64 *)b;
  for (int i = 0; i < 4; i++) {
    if (x[i] != y[i]) return __builtin_bswap64(x[i]) < __builtin_bswap64(y[i]);
  }
  return 0;
}

static inline void copy(u8 *to, const u8 *from, u64 length) {
  for (u64 i = 0; i < length; i++) to[i] = from[i];
}

static inline u64 big_endian(const u8 *at, u64 length) {
  u64 value = 0;
  for (u64 i = 0; i < length; i++) value = value << 8 | at[i];
  return value;
}

// The runtime reads a word at any address; byte by byte it would cost eight times as much.
INLINE i128 big_endian_i128(const u8 *at) {
  const u64 *word = (const u64 *)at;
  return (i128)((unsigned __int128)__builtin_bswap64(word[0]) << 64 | __builtin_bswap64(word[1]));
}
