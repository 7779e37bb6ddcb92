import { expect, test } from "vitest"
import { faultOfNode } from "../../../../chains/evm/node-fault.js"

// Wordings of geth, erigon, nethermind, anvil and hosted nodes.
test.each([
  [-32000, "header not found", "PIN_LOST"],
  [-32000, "header for hash not found", "PIN_LOST"],
  [-32000, "hash 0x8f is not currently canonical", "PIN_LOST"],
  [-32000, "unknown block", "PIN_LOST"],
  [-32001, "Resource not found", "PIN_LOST"],
  [-32001, "something new", "PIN_LOST"],
  [-32000, "missing trie node 0a1b (path ) state 0x0a1b is not available", "STATE_PRUNED"],
  [-32000, "state 0x0a1b is not available", "STATE_PRUNED"],
  [-32000, "distance to target block exceeds maximum: state is pruned", "STATE_PRUNED"],
  [-32005, "daily request count exceeded", "RPC_RATE_LIMIT"],
  [429, "Your app has exceeded its compute units per second capacity", "RPC_RATE_LIMIT"],
  [-32000, "Too Many Requests", "RPC_RATE_LIMIT"],
  [-32000, "out of gas", "GAS_CAP"],
  [-32603, "EVM error OutOfGas", "GAS_CAP"],
  [-32000, "gas required exceeds allowance (50000000)", "GAS_CAP"],
  [-32000, "execution aborted (timeout = 5s)", "GAS_CAP"],
  [-32008, "Response size exceeded", "RESPONSE_LIMIT"],
  [-32000, "request entity too large", "RESPONSE_LIMIT"],
  [3, "execution reverted", "CALL_REVERTED"],
  [-32601, "the method eth_call does not exist", "RPC_REFUSED"],
])("%i %s is %s", (code, message, expected) => {
  expect(faultOfNode(code, message)).toMatchObject({ code: expected })
})

test("details are one line of bounded length", () => {
  const { message } = faultOfNode(-32000, `a\nb${"c".repeat(10_000)}`)
  expect(message.length).toBeLessThan(400)
  expect(message).not.toContain("\n")
})
