// SPDX-License-Identifier: Apache-2.0
// deliver: takes a signed attestation that is newer than the one held. Anybody may.
// The message's emitter is not sent along: the state knows it, and a message of any other has another hash.
//
// Instruction:  0 kind | 1 bump of the guardian set | 2 signers, bit i = guardian i | 5 their recovery ids | 8 signatures,
//               64 bytes each, by guardian | body without its emitter:  0 time | 4 nonce | 8 sequence
//               | 16 consistency level | 17 payload
// Payload:      0 magic | 4 version | 5 epoch | 13 timestamp | 21 validity | 25 input grade | 26 revoked below
//               | 34 root | 66
// Accounts:     state (writable), guardian set of the core bridge
#pragma once
#include "guardians.h"
#include "state.h"

enum { BUMP_AT = 1, SIGNERS_AT = 2, RECOVERY_IDS_AT = 5, SIGNATURES_AT = 8 };
enum { EMITTER_GOES_AT = 8, CONSISTENCY_AT = 16, PAYLOAD_AT = 17 };
enum { EPOCH_AT = 5, TIMESTAMP_AT = 13, VALIDITY_AT = 21, GRADE_AT = 25 };
enum { REVOKED_BELOW_AT = 26, ROOT_AT = 34, PAYLOAD_LENGTH = 66 };
enum { PAYLOAD_MAGIC = 0x504c494d, PAYLOAD_VERSION = 1, HIGHEST_GRADE = 2 };
// Clocks of chains differ by seconds; a timestamp further ahead would stretch the validity.
enum { MAX_SECONDS_AHEAD = 600 };

// What guardians sign: keccak256 of the body's hash.
static void digest_of(const Slice *body, const State *state, u8 *digest) {
  Slice parts[] = {
    {body->at, EMITTER_GOES_AT},
    {state->emitter_chain, EMITTER_LENGTH},
    {body->at + EMITTER_GOES_AT, body->length - EMITTER_GOES_AT},
  };
  sol_keccak256(parts, 3, digest);
  Slice hash = {digest, HASH_LENGTH};
  sol_keccak256(&hash, 1, digest);
}

// Puts the attestation of a verified message into the state.
static u64 store(State *state, const Slice *body, i64 now) {
  const u8 *payload = body->at + PAYLOAD_AT;
  REQUIRE(body->length == PAYLOAD_AT + PAYLOAD_LENGTH, MALFORMED_PAYLOAD);
  REQUIRE(big_endian(payload, 4) == PAYLOAD_MAGIC && payload[4] == PAYLOAD_VERSION, MALFORMED_PAYLOAD);
  REQUIRE(payload[GRADE_AT] <= HIGHEST_GRADE, MALFORMED_PAYLOAD);
  u64 epoch = big_endian(payload + EPOCH_AT, 8);
  u64 timestamp = big_endian(payload + TIMESTAMP_AT, 8);
  u64 revoked_below = big_endian(payload + REVOKED_BELOW_AT, 8);
  // A message may revoke itself and what came before it, but no epoch that does not exist yet.
  REQUIRE(revoked_below == 0 || revoked_below - 1 <= epoch, MALFORMED_PAYLOAD);
  REQUIRE(epoch > state->epoch, EPOCH_NOT_RISING);
  REQUIRE(timestamp <= (u64)now + MAX_SECONDS_AHEAD, TIMESTAMP_AHEAD);
  state->epoch = epoch;
  state->timestamp = timestamp;
  state->validity = (u32)big_endian(payload + VALIDITY_AT, 4);
  state->input_grade = payload[GRADE_AT];
  state->consistency_level = body->at[CONSISTENCY_AT];
  // What is withdrawn stays so, also for a publisher that has forgotten.
  if (revoked_below > state->revoked_below) state->revoked_below = revoked_below;
  copy(state->root, payload + ROOT_AT, HASH_LENGTH);
  return 0;
}

static u64 deliver(const Call *call) {
  REQUIRE(call->account_count == 2 && call->accounts[0]->is_writable, WRONG_ACCOUNTS);
  REQUIRE(call->data_length >= SIGNATURES_AT, MALFORMED_INSTRUCTION);
  const u8 *data = call->data;
  u64 signers = data[SIGNERS_AT] | data[SIGNERS_AT + 1] << 8 | data[SIGNERS_AT + 2] << 16;
  u64 recovery_ids = data[RECOVERY_IDS_AT] | data[RECOVERY_IDS_AT + 1] << 8 | data[RECOVERY_IDS_AT + 2] << 16;
  u64 count = __builtin_popcountll(signers);
  u64 body_at = SIGNATURES_AT + count * SIGNATURE_LENGTH;
  REQUIRE(call->data_length >= body_at + PAYLOAD_AT, MALFORMED_INSTRUCTION);

  const State *state = state_of(call->accounts[0], call->program);
  REQUIRE(state && is_at_own_address(state, call->accounts[0]->key, call->program), WRONG_STATE);
  Clock clock;
  REQUIRE(sol_get_clock_sysvar(&clock) == 0 && clock.unix_time > 0, NO_CLOCK);

  Guardians guardians;
  u64 failed = read_guardian_set(call->accounts[1], state->core, data + BUMP_AT, clock.unix_time, &guardians);
  if (failed) return failed;
  Slice body = {data + body_at, call->data_length - body_at};
  _Alignas(8) u8 digest[HASH_LENGTH];
  digest_of(&body, state, digest);
  Signatures signatures = {signers, recovery_ids, data + SIGNATURES_AT};
  failed = require_quorum(&guardians, &signatures, count, digest);
  if (failed) return failed;
  return store((State *)state, &body, clock.unix_time);
}
