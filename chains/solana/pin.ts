/**
 * What pins a pass over Solana: the cluster, the time at its oldest slot, a blockhash from within its slots.
 */
import { z } from "zod"
import type { ChainId } from "../../aggregator/domain/caip.js"
import { ChainFault } from "../chain-fault.js"
import { readAccounts } from "./account-reads.js"
import { ask } from "./batches.js"
import { CLOCK_KEY, decodeClock, type SolanaClock } from "./clock.js"
import type { SlotRange } from "./context.js"
import type { RpcEndpoint } from "./rpc.js"

/** CAIP-2 cuts the genesis hash to this many characters. */
const REFERENCE_LENGTH = 32

const base58 = z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/)
const blockhashSchema = z.object({ blockhash: base58 })

/** @throws ChainFault WRONG_CHAIN when the endpoint serves another cluster; DECODE when it says none. */
export async function checkGenesis(endpoint: RpcEndpoint, chain: ChainId, signal: AbortSignal): Promise<void> {
  const { data: genesis } = base58.safeParse(await resultOf(endpoint, "getGenesisHash", [], signal))
  if (genesis === undefined) throw new ChainFault("DECODE", "getGenesisHash did not return a hash")
  const served = `solana:${genesis.slice(0, REFERENCE_LENGTH)}`
  if (served !== chain) throw new ChainFault("WRONG_CHAIN", `serves ${served}, not ${chain}`)
}

/** The clock at the slot that everything else of the pass is read at or after. @throws ChainFault, LayoutError */
export async function readClock(endpoint: RpcEndpoint, range: SlotRange, signal: AbortSignal): Promise<SolanaClock> {
  const [result] = await readAccounts(endpoint, [{ kind: "accounts", keys: [CLOCK_KEY] }], range, signal)
  const account = result?.status === "ok" ? result.accounts[0] : undefined
  if (!account) throw new ChainFault("DECODE", "the clock sysvar was not returned")
  return decodeClock(account.data)
}

/** A blockhash from within the range, base58. @throws ChainFault */
export async function readBlockhash(endpoint: RpcEndpoint, range: SlotRange, signal: AbortSignal): Promise<string> {
  const method = "getLatestBlockhash"
  const result = await resultOf(endpoint, method, [range.config], signal)
  const { data: found } = blockhashSchema.safeParse(range.admit(method, result))
  if (!found) throw new ChainFault("DECODE", `${method} did not return a blockhash`)
  return found.blockhash
}

/**
 * Makes sure that the chain which a blockhash is of is still the one that answers: at a commitment that is not final
 * a fork may be dropped between two reads, and slots alone do not show it.
 *
 * @throws ChainFault PIN_LOST when it is not.
 */
export async function checkBlockhash(
  endpoint: RpcEndpoint,
  blockHash: string,
  range: SlotRange,
  signal: AbortSignal,
): Promise<void> {
  const method = "isBlockhashValid"
  const isValid = range.admit(method, await resultOf(endpoint, method, [blockHash, range.config], signal))
  if (isValid !== true) throw new ChainFault("PIN_LOST", `block ${blockHash} is not of the chain any more`)
}

async function resultOf(endpoint: RpcEndpoint, method: string, params: readonly unknown[], signal: AbortSignal) {
  const [answer] = await ask(endpoint, [{ method, params }], signal)
  if (answer?.status === "ok") return answer.result
  throw new ChainFault("RPC_UNAVAILABLE", answer?.detail ?? `${method} was not answered`)
}
