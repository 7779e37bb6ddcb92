// SPDX-License-Identifier: Apache-2.0
// verify: proves one account against the newest attestation and returns its health. Meant to be called by other
// programs, which have to check that the state is the one at the address they trust.
//
// Instruction, big-endian:  0 kind | 1 index | 5 chain | 7 holder | 39 account | 71 equity | 87 initial margin
//                           | 103 maintenance margin | 119 status | 120 as of | 128 proof, 32 bytes a level
// Money is signed US dollars * 10^18, 16 bytes here and a 32-byte word in the leaf's hash.
// Accounts:                 state
// Returns, little-endian:   0 health = equity - maintenance margin | 16 status | 17
#pragma once
#include "state.h"

enum { INDEX_AT = 1, CHAIN_AT = 5, HOLDER_AT = 7, EQUITY_AT = 71, INITIAL_AT = 87, MAINTENANCE_AT = 103 };
enum { STATUS_AT = 119, AS_OF_AT = 120, PROOF_AT = 128, MONEY_LENGTH = 16 };
// NORMAL, MARGIN_CALL, REDUCE_ONLY, LIQUIDATABLE, BANKRUPT; then STALE and UNAVAILABLE, which have no numbers.
enum { FIRST_UNKNOWN_STATUS = 5 };
// An index has 32 bits.
enum { MAX_DEPTH = 32 };

// keccak256("plimsoll/account-leaf/1"), followed by the zeros that fill up the index's word
static const u8 LEAF_TAG[HASH_LENGTH + 28] = {
  0xe0, 0x25, 0xab, 0xf7, 0x7b, 0x90, 0xa8, 0x35, 0x4a, 0x62, 0x30, 0xcb, 0x67, 0x7e, 0x0f, 0xca,
  0x61, 0xdb, 0x1d, 0x61, 0x24, 0x9c, 0xcf, 0xad, 0x23, 0xa1, 0xe2, 0xe8, 0xfd, 0x31, 0x05, 0x42,
};
static const u8 ZEROS[HASH_LENGTH] = {0};
static const u8 ONES[MONEY_LENGTH] = {[0 ... MONEY_LENGTH - 1] = 0xff};

INLINE Slice sign_of(const u8 *money) {
  return (Slice){money[0] & 0x80 ? ONES : ZEROS, MONEY_LENGTH};
}

// keccak256(keccak256(abi.encode(tag, index, chain, holder, account, equity, initial, maintenance, status, as of))).
// Hashed twice, so that no pair of inner nodes can pass for a leaf.
static void leaf_hash(const u8 *leaf, u8 *hash) {
  // Status and time as their words; a buffer costs less than four slices.
  u64 tail[] = {0, 0, 0, (u64)leaf[STATUS_AT] << 56, 0, 0, 0, *(const u64 *)(leaf + AS_OF_AT)};
  Slice words[] = {
    {LEAF_TAG, sizeof(LEAF_TAG)},
    {leaf + INDEX_AT, 4},
    {ZEROS, 30},
    {leaf + CHAIN_AT, 2 + 32 + 32}, // and holder and account
    sign_of(leaf + EQUITY_AT),
    {leaf + EQUITY_AT, MONEY_LENGTH},
    sign_of(leaf + INITIAL_AT),
    {leaf + INITIAL_AT, MONEY_LENGTH},
    sign_of(leaf + MAINTENANCE_AT),
    {leaf + MAINTENANCE_AT, MONEY_LENGTH},
    {(const u8 *)tail, sizeof tail},
  };
  sol_keccak256(words, sizeof words / sizeof words[0], hash);
  Slice once = {hash, HASH_LENGTH};
  sol_keccak256(&once, 1, hash);
}

// Replaces a leaf's hash by that of the root its proof leads to.
static void climb(u8 *node, const u8 *proof, const u8 *end) {
  // Two pairs, so that a level sets one pointer.
  Slice first[] = {{node, HASH_LENGTH}, {proof, HASH_LENGTH}};
  Slice second[] = {{proof, HASH_LENGTH}, {node, HASH_LENGTH}};
  for (const u8 *sibling = proof; sibling != end; sibling += HASH_LENGTH) {
    if (is_below_32(node, sibling)) {
      first[1].at = sibling;
      sol_keccak256(first, 2, node);
    } else {
      second[0].at = sibling;
      sol_keccak256(second, 2, node);
    }
  }
}

static u64 verify(const Call *call) {
  REQUIRE(call->account_count == 1, WRONG_ACCOUNTS);
  const u8 *leaf = call->data;
  u64 proof_length = call->data_length - PROOF_AT;
  REQUIRE(call->data_length >= PROOF_AT && proof_length % HASH_LENGTH == 0, MALFORMED_INSTRUCTION);
  REQUIRE(proof_length <= MAX_DEPTH * HASH_LENGTH, MALFORMED_INSTRUCTION);

  const State *state = state_of(call->accounts[0], call->program);
  REQUIRE(state, WRONG_STATE);
  Clock clock;
  REQUIRE(sol_get_clock_sysvar(&clock) == 0 && clock.unix_time > 0, NO_CLOCK);
  REQUIRE(state->epoch >= state->revoked_below, EPOCH_REVOKED);
  // A timestamp was at most minutes ahead of the clock when it was stored, so the sum does not overflow.
  REQUIRE((u64)clock.unix_time <= state->timestamp + state->validity, ATTESTATION_EXPIRED);

  _Alignas(8) u8 node[HASH_LENGTH];
  leaf_hash(leaf, node);
  climb(node, leaf + PROOF_AT, leaf + call->data_length);
  REQUIRE(same_32(node, state->root), LEAF_NOT_INCLUDED);
  REQUIRE(leaf[STATUS_AT] < FIRST_UNKNOWN_STATUS, HEALTH_UNKNOWN);

  struct __attribute__((packed)) {
    i128 health;
    u8 status;
  } result = {.status = leaf[STATUS_AT]};
  i128 health;
  int overflows = __builtin_sub_overflow(big_endian_i128(leaf + EQUITY_AT), big_endian_i128(leaf + MAINTENANCE_AT), &health);
  REQUIRE(!overflows, MALFORMED_INSTRUCTION);
  result.health = health;
  sol_set_return_data((const u8 *)&result, sizeof result);
  return 0;
}
