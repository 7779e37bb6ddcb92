/**
 * Runs one adapter by itself on a real node: each read is an `eth_call` at the pinned block.
 */
import { BaseError, CallExecutionError, type Address as Holder } from "viem"
import { chainId } from "../../aggregator/domain/caip.js"
import type { EvmPin } from "../../aggregator/domain/pin.js"
import type { AdapterReading } from "../../chains/adapter.js"
import type { DevWallet } from "../../chains/devnet/evm/deploy.js"
import type { EvmAdapter, EvmCall, EvmCallResult } from "../../chains/evm/adapter.js"

/** The pin of the newest block. */
export async function pinLatest({ client, chain }: DevWallet): Promise<EvmPin> {
  const { number, hash, timestamp } = await client.getBlock()
  if (hash === null || number === null) throw new Error("the newest block is not mined")
  return {
    kind: "evm",
    chain: chainId(`eip155:${chain.id}`),
    blockNumber: number,
    blockHash: hash,
    timestamp: Number(timestamp),
    finality: "latest",
    inputGrade: "single",
  }
}

/** What the adapter reads of the holders at a pin, by default at the newest block. */
export async function runAdapter(
  wallet: DevWallet,
  adapter: EvmAdapter,
  holders: readonly Holder[],
  at?: EvmPin,
): Promise<AdapterReading> {
  const pin = at ?? (await pinLatest(wallet))
  const steps = adapter.read(holders, pin)
  let step = steps.next()
  while (!step.done) step = steps.next(await Promise.all(step.value.map(call => answer(wallet, call, pin))))
  return step.value
}

async function answer({ client }: DevWallet, { to, data }: EvmCall, pin: EvmPin): Promise<EvmCallResult> {
  try {
    const { data: returned } = await client.call({ to, data, blockNumber: pin.blockNumber })
    return returned === undefined ? { status: "empty" } : { status: "ok", data: returned }
  } catch (error) {
    if (!(error instanceof CallExecutionError)) throw error
    const reverted = error.walk(cause => cause instanceof BaseError && /revert/i.test(cause.shortMessage))
    if (!reverted) throw error
    return { status: "reverted", data: "0x" }
  }
}
