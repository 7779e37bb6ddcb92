// SPDX-License-Identifier: Apache-2.0
// A program that lends only while the borrower's account is healthy: how a protocol on Solana asks the receiver.
//
// Instruction: that of the receiver's verify, as it is
// Accounts:    state of the attestation, borrower (signer), receiver program
#include "../consumer.h"

// The receiver program, and its state for the emitter this protocol trusts; here those of the tests.
static const _Alignas(8) u8 RECEIVER[KEY_LENGTH] = {
  0x70, 0x6c, 0x69, 0x6d, 0x73, 0x6f, 0x6c, 0x6c, 0x20, 0x72, 0x65, 0x63, 0x65, 0x69, 0x76, 0x65,
  0x72, 0x2c, 0x20, 0x64, 0x65, 0x76, 0x6e, 0x65, 0x74, 0x20, 0x6f, 0x6e, 0x6c, 0x79, 0x2e, 0x2e,
};
static const _Alignas(8) u8 TRUSTED_STATE[KEY_LENGTH] = {
  0x8c, 0x14, 0xb3, 0x06, 0xb1, 0x50, 0xaf, 0x1a, 0xa2, 0x83, 0xd5, 0xe3, 0xeb, 0x0a, 0xae, 0x2a,
  0xe0, 0x63, 0x2c, 0x0b, 0xcd, 0x14, 0x54, 0x31, 0x4d, 0xdc, 0xfc, 0x28, 0x5d, 0x38, 0x66, 0xf4,
};

// Beside the receiver's own, which pass through.
enum { WRONG_ACCOUNTS = 101, NOT_THEIR_ACCOUNT = 102, NOT_PROVED = 103, NOT_HEALTHY = 104 };

u64 entrypoint(u8 *input) {
  Call call;
  if (!read_call(input, &call) || call.account_count != 3) return WRONG_ACCOUNTS;
  Account *state = call.accounts[0], *borrower = call.accounts[1];
  if (!same_32(state->key, TRUSTED_STATE) || !borrower->is_signer) return WRONG_ACCOUNTS;
  if (!is_leaf_of(call.data, call.data_length, borrower->key)) return NOT_THEIR_ACCOUNT;

  ProvedHealth health;
  if (!proved_health(state, RECEIVER, call.data, call.data_length, &health)) return NOT_PROVED;
  if (health.high < 0 || health.status != NORMAL) return NOT_HEALTHY;
  return 0; // lend
}
