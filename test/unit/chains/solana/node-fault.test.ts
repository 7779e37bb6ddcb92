import { expect, test } from "vitest"
import { faultOfNode } from "../../../../chains/solana/node-fault.js"

test.each([
  [-32016, "Minimum context slot has not been reached", "PIN_SKEW"],
  [-32016, "too many requests", "PIN_SKEW"],
  [429, "slow down", "RPC_RATE_LIMIT"],
  [-32429, "Too many requests for a specific RPC call", "RPC_RATE_LIMIT"],
  [-32005, "Node is behind by 42 slots", "RPC_UNAVAILABLE"],
  [-32600, "batch is too large", "RESPONSE_LIMIT"],
  [-32601, "Method not found", "RPC_UNAVAILABLE"],
])("%i %s is %s", (code, message, expected) => {
  expect(faultOfNode(code, message)).toMatchObject({ code: expected })
})
