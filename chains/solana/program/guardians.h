// SPDX-License-Identifier: Apache-2.0
// The guardians' signatures under a message, checked against the core bridge's own account of their keys.
#pragma once
#include "bytes.h"
#include "errors.h"

// Guardian set account, little-endian:  0 index | 4 count | 8 keys, 20 bytes each | creation time | expiry time
enum { GUARDIAN_KEYS_AT = 8, GUARDIAN_KEY_LENGTH = 20, GUARDIAN_TIMES_LENGTH = 8, SIGNATURE_LENGTH = 64 };
// As many as fit a three-byte set of guardians.
enum { MAX_GUARDIANS = 24 };

static const u8 GUARDIAN_SET_SEED[] = {'G', 'u', 'a', 'r', 'd', 'i', 'a', 'n', 'S', 'e', 't'};

typedef struct {
  const u8 *keys;
  u64 count;
} Guardians;

// Who signed, as bits by place in the guardian set, and their signatures in that order.
typedef struct {
  u64 signers;
  u64 recovery_ids;
  const u8 *signatures;
} Signatures;

// Owned by the core bridge is not enough: it owns other accounts, with contents that anybody chooses. The address has
// to be the one derived for that very set. Set 0 was never expired by the core bridge, so it could sign for ever.
static u64 read_guardian_set(const Account *account, const u8 *core, const u8 *bump, i64 now, Guardians *guardians) {
  REQUIRE(same_32(account->owner, core), WRONG_GUARDIAN_SET);
  REQUIRE(account->data_length >= GUARDIAN_KEYS_AT, WRONG_GUARDIAN_SET);
  u32 index = *(const u32 *)account->data;
  u64 count = *(const u32 *)(account->data + 4);
  u64 times_at = GUARDIAN_KEYS_AT + count * GUARDIAN_KEY_LENGTH;
  REQUIRE(index != 0 && account->data_length >= times_at + GUARDIAN_TIMES_LENGTH, WRONG_GUARDIAN_SET);

  u32 index_seed = __builtin_bswap32(index);
  Slice seeds[] = {
    {GUARDIAN_SET_SEED, sizeof(GUARDIAN_SET_SEED)},
    {(const u8 *)&index_seed, sizeof index_seed},
    {bump, 1},
  };
  _Alignas(8) u8 address[KEY_LENGTH];
  u64 failed = sol_create_program_address(seeds, 3, core, address);
  REQUIRE(!failed && same_32(address, account->key), WRONG_GUARDIAN_SET);

  u32 expires_at = *(const u32 *)(account->data + times_at + 4);
  REQUIRE(expires_at == 0 || now <= (i64)expires_at, GUARDIAN_SET_EXPIRED);
  guardians->keys = account->data + GUARDIAN_KEYS_AT;
  guardians->count = count;
  return 0;
}

// Whether the key that made the signature hashes to the guardian's 20 bytes.
static int is_signed_by(const u8 *key, const u8 *digest, u64 recovery_id, const u8 *signature) {
  _Alignas(8) u8 public_key[64];
  _Alignas(8) u8 hash[HASH_LENGTH];
  if (sol_secp256k1_recover(digest, recovery_id, signature, public_key) != 0) return 0;
  Slice whole = {public_key, sizeof public_key};
  sol_keccak256(&whole, 1, hash);
  const u32 *signer = (const u32 *)(hash + HASH_LENGTH - GUARDIAN_KEY_LENGTH);
  const u32 *guardian = (const u32 *)key;
  for (int i = 0; i < GUARDIAN_KEY_LENGTH / 4; i++) {
    if (signer[i] != guardian[i]) return 0;
  }
  return 1;
}

// More than two thirds of the set, each once (a set of bits holds nobody twice) and each with their own key.
static u64 require_quorum(const Guardians *guardians, const Signatures *signatures, u64 count, const u8 *digest) {
  REQUIRE(count >= guardians->count * 2 / 3 + 1, NO_QUORUM);
  const u8 *signature = signatures->signatures;
  for (u64 index = 0; index < MAX_GUARDIANS; index++) {
    if (!(signatures->signers >> index & 1)) continue;
    REQUIRE(index < guardians->count, WRONG_GUARDIAN);
    const u8 *key = guardians->keys + index * GUARDIAN_KEY_LENGTH;
    REQUIRE(is_signed_by(key, digest, signatures->recovery_ids >> index & 1, signature), WRONG_SIGNATURE);
    signature += SIGNATURE_LENGTH;
  }
  return 0;
}
