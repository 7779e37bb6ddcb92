// SPDX-License-Identifier: Apache-2.0
// The newest attestation of one emitter, in an account at an address derived from whom it trusts.
// So nobody has to be trusted with setting it up: another core bridge or another emitter is another address.
#pragma once
#include "bytes.h"
#include "errors.h"

//  0 tag | 8 epoch | 16 revoked below | 24 timestamp | 32 validity | 36 grade | 37 consistency
// 38 emitter chain, big-endian | 40 emitter | 72 root | 104 core bridge | 136 bump | 137
typedef struct {
  u64 tag;
  u64 epoch;
  u64 revoked_below; // epochs below this one are withdrawn
  u64 timestamp; // Unix seconds
  u32 validity;  // seconds
  u8 input_grade;
  u8 consistency_level;
  u8 emitter_chain[2]; // with the emitter as it stands in a message's body
  u8 emitter[32];
  u8 root[HASH_LENGTH];
  u8 core[KEY_LENGTH];
  u8 bump;
} State;

enum { STATE_LENGTH = 137, EMITTER_LENGTH = 34, STATE_SEEDS = 5 };

#define STATE_TAG 0x31534c484d494c50ULL // "PLIMHLS1"

static const u8 STATE_SEED[] = {'m', 'a', 'r', 'g', 'i', 'n', '-', 'h', 'e', 'a', 'l', 't', 'h'};

// The seeds of a state's address; the last one is its bump.
static void state_seeds(Slice *seeds, const u8 *core, const u8 *chain_and_emitter, const u8 *bump) {
  seeds[0] = (Slice){STATE_SEED, sizeof(STATE_SEED)};
  seeds[1] = (Slice){core, KEY_LENGTH};
  seeds[2] = (Slice){chain_and_emitter, 2};
  seeds[3] = (Slice){chain_and_emitter + 2, 32};
  seeds[4] = (Slice){bump, 1};
}

// Only this program writes the tag, and only at the address derived from what the state trusts.
static const State *state_of(const Account *account, const u8 *program) {
  const State *state = (const State *)account->data;
  int is_ours = same_32(account->owner, program) && account->data_length == STATE_LENGTH && state->tag == STATE_TAG;
  return is_ours ? state : 0;
}

static int is_at_own_address(const State *state, const u8 *key, const u8 *program) {
  Slice seeds[STATE_SEEDS];
  _Alignas(8) u8 address[KEY_LENGTH];
  state_seeds(seeds, state->core, state->emitter_chain, &state->bump);
  return sol_create_program_address(seeds, STATE_SEEDS, program, address) == 0 && same_32(address, key);
}
