// SPDX-License-Identifier: Apache-2.0
// What another program needs to have the receiver prove an account's health to it.
#pragma once
#include "bytes.h"

u64 sol_get_return_data(u8 *data, u64 length, u8 *program);

// As the receiver returns it: equity - maintenance margin, US dollars * 10^18 in two's complement, and the status.
typedef struct __attribute__((packed, aligned(8))) {
  u64 low;
  i64 high; // negative when equity is below maintenance margin
  u8 status;
} ProvedHealth;

enum { NORMAL = 0, PROVED_HEALTH_LENGTH = 17 };
enum { RECEIVER_VERIFY = 2, LEAF_CHAIN_AT = 5, LEAF_HOLDER_AT = 7, LEAF_END = 128, WORMHOLE_SOLANA = 1 };

// Whether `data`, the receiver's verify instruction as it is, is about this holder's account on Solana. The receiver
// proves whatever leaf it is given, so this has to be asked first.
static int is_leaf_of(const u8 *data, u64 length, const u8 *key) {
  if (length < LEAF_END || data[0] != RECEIVER_VERIFY) return 0;
  u8 holder[KEY_LENGTH] __attribute__((aligned(8)));
  copy(holder, data + LEAF_HOLDER_AT, KEY_LENGTH);
  return big_endian(data + LEAF_CHAIN_AT, 2) == WORMHOLE_SOLANA && same_32(holder, key);
}

// Calls the receiver, which ends the transaction unless the leaf is proved; 0 when its answer is not there.
static int proved_health(Account *state, const u8 *receiver, const u8 *data, u64 length, ProvedHealth *health) {
  AccountMeta meta = {state->key, 0, 0};
  Instruction verify = {receiver, &meta, 1, data, length};
  AccountInfo info = {state->key, &state->lamports, state->data_length, state->data, state->owner, 0, 0, 0, 0};
  sol_invoke_signed_c(&verify, &info, 1, 0, 0);
  u8 from[KEY_LENGTH] __attribute__((aligned(8)));
  u64 returned = sol_get_return_data((u8 *)health, PROVED_HEALTH_LENGTH, from);
  return returned == PROVED_HEALTH_LENGTH && same_32(from, receiver);
}
