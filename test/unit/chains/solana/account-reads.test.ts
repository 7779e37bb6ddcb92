/**
 * How reads become requests: groups stay whole, requests stay few, numbers stay on the safe side.
 */
import { describe, expect, it } from "vitest"
import { ChainFault } from "../../../../chains/chain-fault.js"
import { readAccounts } from "../../../../chains/solana/account-reads.js"
import type { SolanaRead } from "../../../../chains/solana/adapter.js"
import { SlotRange } from "../../../../chains/solana/context.js"
import type { RpcCall, RpcEndpoint } from "../../../../chains/solana/rpc.js"

const accountsRead = (...keys: string[]): SolanaRead => ({ kind: "accounts", keys })
const named = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`)
const never = new AbortController().signal

/** An endpoint on which every account exists, its lamports being the length of its key unless said otherwise. */
function endpointOf(lamports: (key: string) => number = key => key.length, slot = 7) {
  const calls: RpcCall[] = []
  const account = (key: string) => ({ lamports: lamports(key), owner: "o", data: ["AQI=", "base64"] })
  const endpoint: RpcEndpoint = {
    host: "test",
    batch: async batch => {
      calls.push(...batch)
      return batch.map(({ params: [asked] }) => {
        const value = Array.isArray(asked) ? asked.map(account) : [{ pubkey: `of ${asked}`, account: account("xx") }]
        return { status: "ok", result: { context: { slot }, value } }
      })
    },
  }
  return { endpoint, calls, keysOf: (index: number) => calls[index]?.params[0] }
}

const read = (endpoint: RpcEndpoint, reads: readonly SolanaRead[], range = new SlotRange("finalized", 0, 25)) =>
  readAccounts(endpoint, reads, range, never)

describe("packing", () => {
  it("shares a request up to 100 keys, counts a repeated key once and splits no group", async () => {
    const { endpoint, calls, keysOf } = endpointOf()
    const reads = [
      accountsRead("clock", ...named("a", 60)),
      accountsRead("clock", ...named("b", 39)),
      accountsRead("c", "d"),
    ]
    const results = await read(endpoint, reads)
    expect(calls).toHaveLength(2)
    expect(keysOf(0)).toHaveLength(100)
    expect(keysOf(1)).toEqual(["c", "d"])
    const keys = results.map(result => (result.status === "ok" ? result.accounts.map(account => account?.key) : []))
    expect(keys).toEqual(reads.map(each => (each.kind === "accounts" ? each.keys : [])))
  })

  it("keeps the order of the reads, whatever kinds lie between them", async () => {
    const { endpoint, calls } = endpointOf()
    const results = await read(endpoint, [
      { kind: "tokenAccounts", owner: "x", program: "p" },
      accountsRead("a"),
      { kind: "tokenAccounts", owner: "y", program: "p" },
      accountsRead("b"),
    ])
    expect(calls.map(({ method }) => method)).toEqual([
      "getTokenAccountsByOwner",
      "getMultipleAccounts",
      "getTokenAccountsByOwner",
    ])
    expect(results.map(result => result.status === "ok" && result.accounts[0]?.key)).toEqual(["of x", "a", "of y", "b"])
  })

  it("asks nothing when there is nothing to read", async () => {
    const { endpoint, calls } = endpointOf()
    expect(await read(endpoint, [])).toEqual([])
    expect(calls).toEqual([])
  })

  it("asks each later read at the slot of the first or later", async () => {
    const { endpoint, calls } = endpointOf()
    const range = new SlotRange("confirmed", 3, 25)
    await read(endpoint, [accountsRead("a")], range)
    await read(endpoint, [accountsRead("a")], range)
    const configs = calls.map(({ params }) => params[1])
    const config = { commitment: "confirmed", encoding: "base64" }
    expect(configs).toEqual([
      { ...config, minContextSlot: 3 },
      { ...config, minContextSlot: 7 },
    ])
    expect([range.oldest, range.newest]).toEqual([7, 7])
  })
})

describe("a search for a program's accounts", () => {
  it("asks for their length and keys, and for the slot of the answer", async () => {
    const { endpoint, calls } = endpointOf()
    const keys = [
      { offset: 8, key: "group" },
      { offset: 40, key: "owner" },
    ]
    const reads: SolanaRead[] = [{ kind: "programAccounts", program: "p", length: 2312, keys }, accountsRead("a")]
    const results = await read(endpoint, reads)
    expect(calls[0]).toEqual({
      method: "getProgramAccounts",
      params: [
        "p",
        {
          commitment: "finalized",
          encoding: "base64",
          minContextSlot: 0,
          withContext: true,
          filters: [
            { dataSize: 2312 },
            { memcmp: { offset: 8, bytes: "group" } },
            { memcmp: { offset: 40, bytes: "owner" } },
          ],
        },
      ],
    })
    expect(results).toMatchObject([
      { status: "ok", accounts: [{ key: "of p" }] },
      { status: "ok", accounts: [{ key: "a" }] },
    ])
  })
})

describe("numbers", () => {
  const lamportsOf = async (lamports: number) => {
    const [result] = await read(endpointOf(() => lamports).endpoint, [accountsRead("a")])
    return result?.status === "ok" ? result.accounts[0]?.lamports : undefined
  }

  it("are exact while JSON is, and below the truth beyond", async () => {
    expect(await lamportsOf(Number.MAX_SAFE_INTEGER)).toBe(9_007_199_254_740_991n)
    for (const truth of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n + 1_023n, 2n ** 64n - 1_025n]) {
      expect(await lamportsOf(Number(truth))).toBeLessThanOrEqual(truth)
    }
  })

  it.each([-1, 0.5, 2 ** 64])("that no balance can be, like %d, make the answer garbage", async lamports => {
    await expect(lamportsOf(lamports)).rejects.toMatchObject({ code: "DECODE" })
  })
})

describe("slots", () => {
  it("before the floor, before the first one or too far after it are refused", async () => {
    const at = (slot: number, range: SlotRange) =>
      read(endpointOf(undefined, slot).endpoint, [accountsRead("a")], range)
    await expect(at(9, new SlotRange("finalized", 10, 25))).rejects.toMatchObject({ code: "PIN_SKEW" })
    const range = new SlotRange("finalized", 10, 25)
    await at(20, range)
    await expect(at(19, range)).rejects.toThrow(ChainFault)
    await at(45, range)
    await expect(at(46, range)).rejects.toMatchObject({ code: "PIN_SKEW" })
    expect([range.oldest, range.newest]).toEqual([20, 45])
  })
})
