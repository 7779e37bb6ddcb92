// SPDX-License-Identifier: Apache-2.0
// What the Solana runtime gives a program: its system calls, and how it lays out accounts and instruction in memory.
// Written from the published interface, so that the program builds with a stock compiler and no SDK.
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;
typedef __int128 i128;

typedef struct {
  const u8 *at;
  u64 length;
} Slice;

typedef struct {
  u64 slot;
  i64 epoch_started_at;
  u64 epoch;
  u64 leader_schedule_epoch;
  i64 unix_time;
} Clock;

enum { KEY_LENGTH = 32, HASH_LENGTH = 32 };

// An account as the runtime serialises it; then come its data and room to grow.
typedef struct {
  u8 duplicate_of; // NOT_DUPLICATE, or the place of the same account earlier in the list
  u8 is_signer;
  u8 is_writable;
  u8 is_executable;
  u32 reserved;
  u8 key[KEY_LENGTH];
  u8 owner[KEY_LENGTH];
  u64 lamports;
  u64 data_length;
  u8 data[];
} Account;

enum { NOT_DUPLICATE = 0xff, GROWTH_ROOM = 10240, MAX_ACCOUNTS = 3 };

typedef struct {
  Account *accounts[MAX_ACCOUNTS];
  u64 account_count;
  const u8 *data; // aligned to 8 bytes
  u64 data_length;
  const u8 *program;
} Call;

// How another program is called.
typedef struct {
  const u8 *key;
  u8 is_writable;
  u8 is_signer;
} AccountMeta;

typedef struct {
  const u8 *program;
  const AccountMeta *accounts;
  u64 account_count;
  const u8 *data;
  u64 data_length;
} Instruction;

typedef struct {
  const u8 *key;
  u64 *lamports;
  u64 data_length; // the runtime writes it when the callee resizes the account
  u8 *data;
  const u8 *owner;
  u64 rent_epoch;
  u8 is_signer;
  u8 is_writable;
  u8 is_executable;
} AccountInfo;

typedef struct {
  const Slice *seeds;
  u64 count;
} SignerSeeds;

// Those that return a number return 0 when all went well.
u64 sol_keccak256(const Slice *slices, u64 count, u8 *hash);
u64 sol_secp256k1_recover(const u8 *hash, u64 recovery_id, const u8 *signature, u8 *public_key);
u64 sol_create_program_address(const Slice *seeds, u64 count, const u8 *program, u8 *address);
u64 sol_try_find_program_address(const Slice *seeds, u64 count, const u8 *program, u8 *address, u8 *bump);
u64 sol_get_clock_sysvar(Clock *clock);
u64 sol_invoke_signed_c(const Instruction *instruction, const AccountInfo *accounts, u64 account_count,
                        const SignerSeeds *signers, u64 signer_count);
void sol_set_return_data(const u8 *data, u64 length);

// Reads what the runtime passes to the entry point; 0 when there are too many accounts or one of them twice.
static int read_call(u8 *input, Call *call) {
  call->account_count = *(u64 *)input;
  if (call->account_count > MAX_ACCOUNTS) return 0;
  u8 *at = input + sizeof(u64);
  for (u64 i = 0; i < call->account_count; i++) {
    Account *account = (Account *)at;
    if (account->duplicate_of != NOT_DUPLICATE) return 0;
    call->accounts[i] = account;
    u64 padded = (account->data_length + 7) & ~7ULL;
    at = account->data + padded + GROWTH_ROOM + sizeof(u64); // the last is the rent epoch
  }
  call->data_length = *(u64 *)at;
  call->data = at + sizeof(u64);
  call->program = call->data + call->data_length;
  return 1;
}
