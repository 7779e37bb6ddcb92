/**
 * Runs one adapter by hand: each read is answered by a function, without a chain or a transport.
 */
import type { Address as Holder } from "viem"
import { chainId } from "../../aggregator/domain/caip.js"
import type { EvmPin } from "../../aggregator/domain/pin.js"
import type { AdapterReading } from "../../chains/adapter.js"
import type { EvmAdapter, EvmCall, EvmCallResult, EvmChainFacts } from "../../chains/evm/adapter.js"

export const CHAIN = chainId("eip155:1")
export const FACTS: EvmChainFacts = {
  chain: CHAIN,
  multicall3: "0xcA11bde05977b3631167028862bE2a173976CA11",
  assets: [],
}

const PIN: EvmPin = {
  kind: "evm",
  chain: CHAIN,
  blockNumber: 50n,
  blockHash: `0x${"50".repeat(32)}`,
  timestamp: 1_800_000_000,
  finality: "safe",
  inputGrade: "single",
}

/** No protocol depends on itself this deeply. */
const MOST_ROUNDS = 50

export function drive(
  adapter: EvmAdapter,
  holders: readonly Holder[],
  answer: (call: EvmCall) => EvmCallResult,
): AdapterReading {
  const steps = adapter.read(holders, PIN)
  let step = steps.next()
  for (let round = 0; !step.done; round++) {
    if (round === MOST_ROUNDS) throw new Error(`${adapter.venue} still reads after ${MOST_ROUNDS} rounds`)
    step = steps.next(step.value.map(answer))
  }
  return step.value
}
