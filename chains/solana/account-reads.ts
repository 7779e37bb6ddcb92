/**
 * Adapters' reads as RPC calls, and the answers as accounts. Groups of keys share a getMultipleAccounts up to its
 * 100 keys and are never split, because one answer is the only thing on Solana that shows one state.
 */
import { z } from "zod"
import { ChainFault } from "../chain-fault.js"
import type { SolanaAccount, SolanaRead, SolanaReadResult, SolanaRefusal } from "./adapter.js"
import { ask } from "./batches.js"
import type { SlotRange } from "./context.js"
import type { RpcAnswer, RpcCall, RpcEndpoint } from "./rpc.js"

/** What nodes take in one getMultipleAccounts. */
const MOST_KEYS = 100
const U64_END = 2 ** 64
/** Half the distance between two doubles just below 2^64: how far a number in JSON can be off. */
const LARGEST_JSON_ERROR = 1_024n

type Search = Exclude<SolanaRead, { kind: "accounts" }>
type Request = { readonly kind: "accounts"; readonly keys: Set<string> } | Search

/** What one request brought, by key; `null` does not exist. */
type Found = ReadonlyMap<string, SolanaAccount | null>

const UNANSWERED: SolanaRefusal = { status: "refused", code: "RPC_UNAVAILABLE", detail: "was not answered" }

const lamports = z
  .number()
  .nonnegative()
  .lt(U64_END)
  .refine(Number.isInteger)
  .transform(value => (Number.isSafeInteger(value) ? BigInt(value) : BigInt(value) - LARGEST_JSON_ERROR))
const data = z.tuple([z.string().transform(bytesOf), z.literal("base64")]).transform(([bytes]) => bytes)
const account = z.object({ lamports, owner: z.string(), data })
const accounts = z.array(account.nullable())
const keyedAccounts = z.array(z.object({ pubkey: z.string(), account }))

/**
 * One result a read, in order.
 *
 * @throws ChainFault when the endpoint cannot be used for this pass.
 */
export async function readAccounts(
  endpoint: RpcEndpoint,
  reads: readonly SolanaRead[],
  range: SlotRange,
  signal: AbortSignal,
): Promise<readonly SolanaReadResult[]> {
  const { requests, servedBy } = requestsFor(reads)
  const calls = requests.map(request => callFor(request, range))
  const answers = await ask(endpoint, calls, signal)
  const found = requests.map((request, index) => foundIn(request, answers[index] ?? UNANSWERED, range))
  return reads.map((read, index) => resultFor(read, found[servedBy[index] ?? -1] ?? UNANSWERED))
}

/** Packs groups of keys together; `servedBy` is the index of each read's request. */
function requestsFor(reads: readonly SolanaRead[]) {
  const requests: Request[] = []
  let open: { readonly index: number; readonly keys: Set<string> } | undefined
  const servedBy = reads.map(read => {
    if (read.kind !== "accounts") return requests.push(read) - 1
    if (open === undefined || sizeWith(open.keys, read.keys) > MOST_KEYS) {
      const keys = new Set<string>()
      open = { index: requests.push({ kind: "accounts", keys }) - 1, keys }
    }
    for (const key of read.keys) open.keys.add(key)
    return open.index
  })
  return { requests, servedBy }
}

const sizeWith = (keys: ReadonlySet<string>, more: readonly string[]): number => new Set([...keys, ...more]).size

function callFor(request: Request, range: SlotRange): RpcCall {
  const config = { ...range.config, encoding: "base64" }
  switch (request.kind) {
    case "accounts":
      return { method: "getMultipleAccounts", params: [[...request.keys], config] }
    case "tokenAccounts":
      return { method: "getTokenAccountsByOwner", params: [request.owner, { programId: request.program }, config] }
    case "programAccounts":
      // Without its context the answer would not say its slot.
      return {
        method: "getProgramAccounts",
        params: [request.program, { ...config, withContext: true, filters: filtersFor(request) }],
      }
  }
}

const filtersFor = ({ length, keys }: Extract<Search, { kind: "programAccounts" }>) => [
  { dataSize: length },
  ...keys.map(({ offset, key }) => ({ memcmp: { offset, bytes: key } })),
]

/** @throws ChainFault DECODE when the answer is not what the request asked for. */
function foundIn(request: Request, answer: RpcAnswer, range: SlotRange): Found | SolanaRefusal {
  if (answer.status === "refused") return answer
  const { method } = callFor(request, range)
  const value = range.admit(method, answer.result)
  const entries = request.kind === "accounts" ? accountsAt([...request.keys], value) : foundAccounts(value)
  const found = new Map(entries)
  // An account that is listed twice would count twice.
  if (found.size === entries?.length) return found
  throw new ChainFault("DECODE", `${method} did not return the accounts asked for`)
}

type Entry = readonly [key: string, account: SolanaAccount | null]

function accountsAt(keys: readonly string[], value: unknown): readonly Entry[] | undefined {
  const { data: found } = accounts.safeParse(value)
  if (found?.length !== keys.length) return undefined
  return keys.map((key, index) => entryOf(key, found[index] ?? null))
}

const foundAccounts = (value: unknown): readonly Entry[] | undefined =>
  keyedAccounts.safeParse(value).data?.map(({ pubkey, account }) => entryOf(pubkey, account))

const entryOf = (key: string, raw: z.output<typeof account> | null): Entry => [key, raw && { key, ...raw }]

/** Buffer skips what is not base64, which would shift every field behind it: such text is no data. */
function bytesOf(text: string, context: z.RefinementCtx): Uint8Array {
  const bytes = Buffer.from(text, "base64")
  if (bytes.toString("base64") !== text) context.addIssue({ code: "custom", message: "is not base64" })
  return new Uint8Array(bytes)
}

function resultFor(read: SolanaRead, found: Found | SolanaRefusal): SolanaReadResult {
  if ("status" in found) return found
  const accounts = read.kind === "accounts" ? read.keys.map(key => found.get(key) ?? null) : [...found.values()]
  return { status: "ok", accounts }
}
