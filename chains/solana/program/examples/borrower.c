// SPDX-License-Identifier: Apache-2.0
// A program that lends only while the borrower's account is healthy: how a protocol on Solana asks the receiver.
//
// Instruction: that of the receiver's verify, as it is
// Accounts:    state of the attestation, borrower (signer), receiver program
#include "../bytes.h"

u64 sol_get_return_data(u8 *data, u64 length, u8 *program);

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
enum { VERIFY = 2, LEAF_CHAIN_AT = 5, LEAF_HOLDER_AT = 7, LEAF_END = 128, SOLANA = 1, NORMAL = 0 };

typedef struct __attribute__((packed, aligned(8))) {
  u64 low;
  i64 high; // negative when equity is below maintenance margin
  u8 status;
} ProvedHealth;

u64 entrypoint(u8 *input) {
  Call call;
  if (!read_call(input, &call) || call.account_count != 3) return WRONG_ACCOUNTS;
  Account *state = call.accounts[0], *borrower = call.accounts[1];
  if (!same_32(state->key, TRUSTED_STATE) || !borrower->is_signer) return WRONG_ACCOUNTS;

  // Proved is whatever leaf is passed on, so it has to be the borrower's own.
  if (call.data_length < LEAF_END || call.data[0] != VERIFY) return NOT_PROVED;
  u8 holder[KEY_LENGTH] __attribute__((aligned(8)));
  copy(holder, call.data + LEAF_HOLDER_AT, KEY_LENGTH);
  if (big_endian(call.data + LEAF_CHAIN_AT, 2) != SOLANA || !same_32(holder, borrower->key)) return NOT_THEIR_ACCOUNT;

  AccountMeta meta = {state->key, 0, 0};
  Instruction verify = {RECEIVER, &meta, 1, call.data, call.data_length};
  AccountInfo info = {state->key, &state->lamports, state->data_length, state->data, state->owner, 0, 0, 0, 0};
  sol_invoke_signed_c(&verify, &info, 1, 0, 0); // comes back only when the leaf was proved

  ProvedHealth health;
  u8 from[KEY_LENGTH] __attribute__((aligned(8)));
  u64 length = sol_get_return_data((u8 *)&health, 17, from);
  if (length != 17 || !same_32(from, RECEIVER)) return NOT_PROVED;
  if (health.high < 0 || health.status != NORMAL) return NOT_HEALTHY;
  return 0; // lend
}
