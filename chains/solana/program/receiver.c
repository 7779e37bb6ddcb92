// SPDX-License-Identifier: Apache-2.0
// Keeps the newest margin attestation of an emitter on Solana and proves accounts against it. UNAUDITED.
// Holds no funds and has no owner: whom a state trusts is its address, a rising epoch is the replay protection.
#include "deliver.h"
#include "open.h"
#include "verify.h"

enum { OPEN = 0, DELIVER = 1, VERIFY = 2 };

u64 entrypoint(u8 *input) {
  Call call;
  REQUIRE(read_call(input, &call), WRONG_ACCOUNTS);
  REQUIRE(call.data_length > 0, MALFORMED_INSTRUCTION);
  switch (call.data[0]) {
    case OPEN:
      return open_state(&call);
    case DELIVER:
      return deliver(&call);
    case VERIFY:
      return verify(&call);
    default:
      return MALFORMED_INSTRUCTION;
  }
}
