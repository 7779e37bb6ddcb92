// SPDX-License-Identifier: Apache-2.0
// open: makes the state of one emitter, empty. Anybody may; its rent is sent to the address beforehand, so the program
// itself never moves a lamport, and lamports sent there by others do no harm.
//
// Instruction:  0 kind | 1 core bridge | 33 emitter chain | 35 emitter | 67
// Accounts:     state (writable), system program
#pragma once
#include "state.h"

enum { OPEN_LENGTH = 67, OPEN_CORE_AT = 1, OPEN_EMITTER_AT = 33 };
enum { SYSTEM_ASSIGN = 1, SYSTEM_ALLOCATE = 8 };

static const u8 SYSTEM_PROGRAM[KEY_LENGTH] = {0};

// Calls the system program on the state, which signs with its seeds.
static u64 call_system(AccountInfo *state, const Slice *seeds, const u8 *data, u64 data_length) {
  AccountMeta meta = {state->key, 1, 1};
  Instruction instruction = {SYSTEM_PROGRAM, &meta, 1, data, data_length};
  SignerSeeds signer = {seeds, STATE_SEEDS};
  return sol_invoke_signed_c(&instruction, state, 1, &signer, 1);
}

static u64 open_state(const Call *call) {
  REQUIRE(call->account_count == 2 && call->accounts[0]->is_writable, WRONG_ACCOUNTS);
  REQUIRE(call->data_length == OPEN_LENGTH, MALFORMED_INSTRUCTION);
  Account *account = call->accounts[0];
  const u8 *core = call->data + OPEN_CORE_AT;
  const u8 *emitter = call->data + OPEN_EMITTER_AT;

  u8 bump;
  _Alignas(8) u8 address[KEY_LENGTH];
  Slice seeds[STATE_SEEDS];
  state_seeds(seeds, core, emitter, &bump);
  u64 failed = sol_try_find_program_address(seeds, STATE_SEEDS - 1, call->program, address, &bump);
  REQUIRE(!failed && same_32(address, account->key), WRONG_STATE);
  REQUIRE(account->data_length == 0 && same_32(account->owner, SYSTEM_PROGRAM), WRONG_STATE);

  AccountInfo info = {account->key, &account->lamports, 0, account->data, account->owner, 0, 0, 1, 0};
  struct __attribute__((packed)) {
    u32 kind;
    u64 length;
  } allocate = {SYSTEM_ALLOCATE, STATE_LENGTH};
  failed = call_system(&info, seeds, (const u8 *)&allocate, sizeof allocate);
  if (failed) return failed;
  struct {
    u32 kind;
    u8 owner[KEY_LENGTH];
  } assign = {SYSTEM_ASSIGN, {0}};
  copy(assign.owner, call->program, KEY_LENGTH);
  failed = call_system(&info, seeds, (const u8 *)&assign, sizeof assign);
  if (failed) return failed;

  State *state = (State *)account->data;
  state->tag = STATE_TAG;
  copy(state->core, core, KEY_LENGTH);
  copy(state->emitter_chain, emitter, EMITTER_LENGTH);
  state->bump = bump;
  return 0;
}
