// SPDX-License-Identifier: Apache-2.0
// Why the program refuses: the custom error codes of its transactions. Numbers are never reused.
#pragma once

enum {
  WRONG_ACCOUNTS = 1,        // too few or too many, one twice, or the state not writable
  MALFORMED_INSTRUCTION = 2, // unknown, too short, too long, or a field out of range
  WRONG_STATE = 3,           // not a state of this program at its own address
  WRONG_GUARDIAN_SET = 4,    // not a guardian set of the core bridge at its own address, or set 0
  GUARDIAN_SET_EXPIRED = 5,
  NO_QUORUM = 6,
  WRONG_GUARDIAN = 7, // beyond the set
  WRONG_SIGNATURE = 8,
  MALFORMED_PAYLOAD = 9,
  EPOCH_NOT_RISING = 10,
  TIMESTAMP_AHEAD = 11,
  ATTESTATION_EXPIRED = 12,
  LEAF_NOT_INCLUDED = 13,
  HEALTH_UNKNOWN = 14, // the account is STALE or UNAVAILABLE
  NO_CLOCK = 15,
  EPOCH_REVOKED = 16,
};

#define REQUIRE(condition, error) \
  do {                            \
    if (!(condition)) return error; \
  } while (0)
