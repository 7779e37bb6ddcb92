/**
 * The token adapter answer by answer: what counts, what does not, and what is said about it.
 */
import { Keypair, PublicKey } from "@solana/web3.js"
import { describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../../../aggregator/domain/caip.js"
import { InvalidInputError } from "../../../../aggregator/domain/errors.js"
import { quantityFromRaw } from "../../../../aggregator/domain/fixed.js"
import type { AdapterReading } from "../../../../chains/adapter.js"
import type { SolanaAccount, SolanaAsset, SolanaRead, SolanaReadResult } from "../../../../chains/solana/adapter.js"
import { spl } from "../../../../chains/solana/adapters/spl.js"
import { CLOCK_KEY } from "../../../../chains/solana/clock.js"
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../../../chains/solana/token-layout.js"

const SYSTEM_PROGRAM = "11111111111111111111111111111111"
const chain = chainId("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")
const key = () => Keypair.generate().publicKey.toBase58()
const [holder, usdc, other] = [key(), key(), key()]
const SOL: SolanaAsset = { mint: "native", symbol: "SOL", decimals: 9 }
const USDC: SolanaAsset = { mint: usdc, symbol: "USDC", decimals: 6 }

const bytes = (length: number, ...parts: (readonly [offset: number, bytes: Uint8Array | number[]])[]) => {
  const data = new Uint8Array(length)
  for (const [offset, part] of parts) data.set(part, offset)
  return data
}
const u64 = (value: bigint) => new Uint8Array(new BigUint64Array([value]).buffer)
const keyBytes = (base58: string) => new PublicKey(base58).toBytes()

const account = (owner: string, data: Uint8Array, lamports = 2_039_280n): SolanaAccount => ({
  key: key(),
  owner,
  lamports,
  data,
})
const clock = account("Sysvar1111111111111111111111111111111111111", bytes(40, [16, u64(700n)]), 1n)
const mint = (decimals: number, program = TOKEN_PROGRAM) => account(program, bytes(82, [44, [decimals, 1]]))
const token = (amount: bigint, changes: { mint?: string; owner?: string; state?: number; program?: string } = {}) =>
  account(
    changes.program ?? TOKEN_PROGRAM,
    bytes(
      165,
      [0, keyBytes(changes.mint ?? usdc)],
      [32, keyBytes(changes.owner ?? holder)],
      [64, u64(amount)],
      [108, [changes.state ?? 1]],
    ),
  )
const wallet = (lamports: bigint) => account(SYSTEM_PROGRAM, new Uint8Array(), lamports)

/** What the chain holds: accounts by key, and all token accounts of the holder. */
interface State {
  readonly accounts?: Readonly<Record<string, SolanaAccount>>
  readonly tokens?: readonly (SolanaAccount | null)[]
}

const answerOf = ({ accounts = {}, tokens = [] }: State) => {
  const all: Readonly<Record<string, SolanaAccount>> = { [CLOCK_KEY]: clock, [usdc]: mint(6), ...accounts }
  return (read: SolanaRead): SolanaReadResult => ({
    status: "ok",
    accounts:
      read.kind === "accounts"
        ? read.keys.map(one => all[one] ?? null)
        : tokens.filter(one => one === null || one.owner === read.program || one.owner === SYSTEM_PROGRAM),
  })
}

function run(
  assets: readonly SolanaAsset[],
  answer: (read: SolanaRead) => SolanaReadResult | undefined,
): AdapterReading {
  const steps = spl.create({}, { chain, assets }).read([holder])
  let step = steps.next([])
  while (!step.done) step = steps.next(step.value.flatMap(read => answer(read) ?? []))
  return step.value
}

function found(assets: readonly SolanaAsset[], state: State) {
  const reading = run(assets, answerOf(state))
  const [entry] = reading.addresses
  expect(entry?.address).toBe(addressOn(chain, holder))
  const held = entry?.legs.map(leg => (leg.kind === "collateral" ? [leg.symbol, leg.venue, leg.amount] : [leg.kind]))
  const faults = entry?.faults.map(({ code, venue, unknown }) => [code, venue, unknown])
  return { held, faults, mintFaults: reading.faults.map(({ code, unknown }) => [code, unknown]) }
}

const nothing = { held: [], faults: [], mintFaults: [] }
const usdcOf = (amount: bigint) => ["USDC", "spl", quantityFromRaw(amount, 6, "down")]

describe("SOL", () => {
  it("counts in a wallet, to the lamport", () => {
    expect(found([SOL], { accounts: { [holder]: wallet(1n) } })).toEqual({
      ...nothing,
      held: [["SOL", "wallet", 1_000_000_000n]],
    })
  })

  it("is nothing in an account that does not exist or is empty", () => {
    expect(found([SOL], {})).toEqual(nothing)
    expect(found([SOL], { accounts: { [holder]: wallet(0n) } })).toEqual(nothing)
  })

  it("does not count in an account of a program or with data", () => {
    const stake = account("Stake11111111111111111111111111111111111111", new Uint8Array(200), 5_000n)
    const nonce = account(SYSTEM_PROGRAM, new Uint8Array(80), 5_000n)
    for (const one of [stake, nonce]) {
      expect(found([SOL], { accounts: { [holder]: one } })).toEqual({
        ...nothing,
        faults: [["UNSUPPORTED_POSITION", "wallet", "asset"]],
      })
    }
  })

  it("has nine decimals, whatever a configuration says", () => {
    const create = () => spl.create({}, { chain, assets: [USDC, { ...SOL, decimals: 6 }] })
    expect(create).toThrow(InvalidInputError)
    try {
      create()
    } catch (error) {
      expect(error instanceof InvalidInputError && error.issues[0]?.pointer).toBe("/assets/1/decimals")
    }
  })
})

describe("tokens", () => {
  it("of all accounts of one mint are summed, others are not seen", () => {
    const tokens = [token(5n), token(7n), token(1_000n, { mint: other }), null]
    expect(found([USDC], { tokens })).toEqual({ ...nothing, held: [usdcOf(12n)] })
  })

  it("in frozen accounts do not count and are named; uninitialised and empty ones are nothing", () => {
    const tokens = [token(5n, { state: 2 }), token(7n), token(9n, { state: 0 }), token(0n, { state: 2 })]
    expect(found([USDC], { tokens })).toEqual({
      ...nothing,
      held: [usdcOf(7n)],
      faults: [["UNSUPPORTED_POSITION", "spl", "asset"]],
    })
  })

  it("of another owner or another program, or in data that is none, are faults beside what is readable", () => {
    const tokens = [
      token(5n, { owner: other }),
      token(6n, { program: SYSTEM_PROGRAM }),
      account(TOKEN_PROGRAM, bytes(164)),
      token(7n),
    ]
    expect(found([USDC], { tokens })).toEqual({
      ...nothing,
      held: [usdcOf(7n)],
      faults: [
        ["DECODE", "spl", "asset"],
        ["DECODE", "spl", "asset"],
        ["DECODE", "spl", "asset"],
      ],
    })
  })

  it("of one program are not valued by a mint of the other", () => {
    const tokens = [token(5n), token(7n, { program: TOKEN_2022_PROGRAM })]
    const state = { accounts: { [usdc]: mint(6, TOKEN_2022_PROGRAM) }, tokens }
    expect(found([USDC], state)).toEqual({ ...nothing, held: [usdcOf(7n)] })
  })

  it("with more than 18 decimals are rounded down", () => {
    const asset = { mint: usdc, symbol: "TINY", decimals: 20 }
    const state = { accounts: { [usdc]: mint(20) }, tokens: [token(199n)] }
    expect(found([asset], state)).toEqual({ ...nothing, held: [["TINY", "spl", 1n]] })
  })
})

describe("a mint", () => {
  const wrong: readonly (readonly [string, SolanaAccount | undefined, string])[] = [
    ["has other decimals than configured", mint(9), "DECODE"],
    ["is not initialised", account(TOKEN_PROGRAM, bytes(82, [44, [6, 0]])), "NOT_DEPLOYED"],
    ["is a token account", token(1n), "DECODE"],
    ["belongs to no token program", mint(6, SYSTEM_PROGRAM), "DECODE"],
    [
      "is not transferable",
      account(TOKEN_2022_PROGRAM, bytes(170, [44, [6, 1]], [165, [1, 9, 0, 0, 0]])),
      "UNSUPPORTED_POSITION",
    ],
  ]
  it.each(wrong)(
    "that %s makes its token count nothing, for the venue and for whoever holds it",
    (_, account, code) => {
      const program = account?.owner === TOKEN_2022_PROGRAM ? TOKEN_2022_PROGRAM : TOKEN_PROGRAM
      const state = { accounts: account ? { [usdc]: account } : {}, tokens: [token(5n, { program })] }
      const { held, faults, mintFaults } = found([USDC], state)
      expect(held).toEqual([])
      expect(mintFaults).toEqual([[code, "asset"]])
      const known = account?.owner === TOKEN_PROGRAM || account?.owner === TOKEN_2022_PROGRAM
      expect(faults).toEqual(known ? [[code, "spl", "asset"]] : [])
    },
  )

  it("that does not exist, or whose clock does not, stops only its own token", () => {
    const assets = [USDC, { mint: other, symbol: "OTHER", decimals: 2 }]
    expect(found(assets, { tokens: [token(5n)] })).toEqual({
      ...nothing,
      held: [usdcOf(5n)],
      mintFaults: [["NOT_DEPLOYED", "asset"]],
    })
    const noClock = answerOf({ tokens: [token(5n)] })
    const reading = run([USDC], read => {
      const result = noClock(read)
      return read.kind === "accounts" && result.status === "ok"
        ? { ...result, accounts: [null, ...result.accounts.slice(1)] }
        : result
    })
    expect(reading.faults.map(({ code }) => code)).toEqual(["DECODE"])
  })
})

describe("reads", () => {
  it("take each mint in one state with the clock, and ask only for programs that a mint belongs to", () => {
    const steps = spl.create({}, { chain, assets: [SOL, USDC] }).read([holder])
    const first = steps.next([])
    expect(first.value).toEqual([
      { kind: "accounts", keys: [CLOCK_KEY, usdc] },
      { kind: "accounts", keys: [holder] },
    ])
    if (first.done) throw new Error("it read nothing")
    const second = steps.next(first.value.map(answerOf({})))
    expect(second.value).toEqual([{ kind: "tokenAccounts", owner: holder, program: TOKEN_PROGRAM }])
  })

  it("that a node refuses are unknown assets", () => {
    const reading = run([SOL, USDC], read =>
      read.kind === "accounts" && read.keys.includes(usdc)
        ? answerOf({})(read)
        : { status: "refused", code: "RESPONSE_LIMIT", detail: "too much" },
    )
    expect(reading.addresses[0]?.faults.map(({ code, venue, unknown }) => [code, venue, unknown])).toEqual([
      ["RESPONSE_LIMIT", "wallet", "asset"],
      ["RESPONSE_LIMIT", "spl", "asset"],
    ])
  })
})
