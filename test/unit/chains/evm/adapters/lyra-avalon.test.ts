/**
 * The Lyra Avalon adapter driven by hand: what it asks, what it makes of each answer, and how it fails.
 */
import {
  type Address,
  decodeFunctionData,
  encodeFunctionResult,
  getAddress,
  type Hex,
  parseAbi,
  parseEther,
} from "viem"
import { describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../../../../aggregator/domain/caip.js"
import { InvalidInputError } from "../../../../../aggregator/domain/errors.js"
import { instrumentName } from "../../../../../aggregator/domain/instrument.js"
import type { Leg } from "../../../../../aggregator/domain/leg.js"
import type { EvmPin } from "../../../../../aggregator/domain/pin.js"
import type { AdapterReading } from "../../../../../chains/adapter.js"
import type { EvmAsset, EvmCall, EvmCallResult } from "../../../../../chains/evm/adapter.js"
import { lyraAvalon } from "../../../../../chains/evm/adapters/lyra-avalon.js"

const CHAIN = chainId("eip155:1397")
const EXPIRY = Date.UTC(2026, 11, 25, 8) / 1000
const ether = parseEther
const contract = (digit: number): Address => getAddress(`0x${String(digit).repeat(40)}`)
const [MARKET, TOKEN, CACHE, QUOTE, BASE] = [contract(1), contract(2), contract(3), contract(4), contract(5)]
const [ALICE, BOB] = [contract(6), contract(7)]
const SETTINGS = { optionMarket: MARKET, optionToken: TOKEN, greekCache: CACHE, quoteAsset: QUOTE, baseAsset: BASE }
const ASSETS: readonly EvmAsset[] = [
  { address: QUOTE, symbol: "USDC", decimals: 18 },
  { address: BASE, symbol: "WETH", decimals: 18 },
]

const [LONG_CALL, LONG_PUT, SHORT_CALL_BASE, SHORT_CALL_QUOTE, SHORT_PUT_QUOTE] = [0, 1, 2, 3, 4]
const [EMPTY, ACTIVE, CLOSED, LIQUIDATED, SETTLED, MERGED] = [0, 1, 2, 3, 4, 5]

const abi = parseAbi([
  "struct Board { uint256 id; uint256 expiry; uint256 iv; bool frozen; uint256[] strikeIds; }",
  "struct Strike { uint256 id; uint256 strikePrice; uint256 skew; uint256 longCall; uint256 shortCallBase; uint256 shortCallQuote; uint256 longPut; uint256 shortPut; uint256 boardId; }",
  "struct Position { uint256 positionId; uint256 strikeId; uint8 optionType; uint256 amount; uint256 collateral; uint8 state; }",
  "struct Parameters { uint256 a; uint256 b; uint256 c; uint256 d; uint256 e; uint256 f; uint256 g; uint256 h; uint256 i; int256 rateAndCarry; }",
  "function getLiveBoards() view returns (uint256[])",
  "function getBoardAndStrikeDetails(uint256 boardId) view returns (Board, Strike[], uint256[], uint256)",
  "function getSettlementParameters(uint256 strikeId) view returns (uint256, uint256, uint256)",
  "function getOwnerPositions(address target) view returns (Position[])",
  "function getGreekCacheParams() view returns (Parameters)",
])

interface FakeStrike {
  readonly id: bigint
  readonly price: string
  readonly skew: string
}
interface FakeBoard {
  readonly id: bigint
  readonly expiry?: bigint
  readonly strikes: readonly FakeStrike[]
}
interface FakePosition {
  readonly id: bigint
  readonly strikeId: bigint
  readonly type?: number
  readonly amount?: string
  readonly collateral?: string
  readonly state?: number
}
interface FakeSettlement {
  readonly price: string
  readonly atExpiry: string
  readonly baseReturned: string
}

/** A market as its contracts would answer; `broken` replaces the answers to a function. */
interface FakeMarket {
  readonly boards?: readonly FakeBoard[]
  readonly settled?: ReadonlyMap<bigint, FakeSettlement>
  readonly books?: ReadonlyMap<Address, readonly FakePosition[]>
  readonly rate?: string
  readonly broken?: Readonly<Record<string, EvmCallResult>>
}

const CALL_3000: FakeBoard = { id: 7n, strikes: [{ id: 71n, price: "3000", skew: "1.1" }] }

function answer(market: FakeMarket, { to, data }: EvmCall): EvmCallResult {
  const call = decodeFunctionData({ abi, data })
  const broken = market.broken?.[[call.functionName, ...(call.args ?? [])].join(" ")]
  if (broken) return broken
  const elsewhere: Record<string, Address> = { getOwnerPositions: TOKEN, getGreekCacheParams: CACHE }
  expect(to).toBe(elsewhere[call.functionName] ?? MARKET)
  return { status: "ok", data: encoded(market, call) }
}

type Call = ReturnType<typeof decodeFunctionData<typeof abi>>

function encoded({ boards = [], settled, books, rate = "0.05" }: FakeMarket, call: Call): Hex {
  const { functionName } = call
  switch (functionName) {
    case "getLiveBoards":
      return encodeFunctionResult({ abi, functionName, result: boards.map(({ id }) => id) })
    case "getGreekCacheParams": {
      const unused = { a: 30n, b: 1n, c: 1n, d: 1n, e: 1n, f: 1n, g: 1n, h: 1n, i: 1n }
      return encodeFunctionResult({ abi, functionName, result: { ...unused, rateAndCarry: ether(rate) } })
    }
    case "getBoardAndStrikeDetails": {
      const board = boards.find(({ id }) => id === call.args[0]) ?? expect.fail("asked for a board that is not live")
      const { id, expiry = BigInt(EXPIRY), strikes } = board
      const head = { id, expiry, iv: ether("0.8"), frozen: false, strikeIds: strikes.map(strike => strike.id) }
      const interest = { longCall: 0n, shortCallBase: 0n, shortCallQuote: 0n, longPut: 0n, shortPut: 0n }
      const listed = strikes.map(strike => ({
        ...interest,
        id: strike.id,
        strikePrice: ether(strike.price),
        skew: ether(strike.skew),
        boardId: id,
      }))
      return encodeFunctionResult({ abi, functionName, result: [head, listed, strikes.map(() => 0n), 0n] })
    }
    case "getSettlementParameters": {
      const { price, atExpiry, baseReturned } = settled?.get(call.args[0]) ?? {
        price: "0",
        atExpiry: "0",
        baseReturned: "0",
      }
      return encodeFunctionResult({ abi, functionName, result: [ether(price), ether(atExpiry), ether(baseReturned)] })
    }
    case "getOwnerPositions": {
      const held = books?.get(getAddress(call.args[0])) ?? []
      const result = held.map(({ id, strikeId, type = LONG_CALL, amount = "1", collateral = "0", state = ACTIVE }) => ({
        positionId: id,
        strikeId,
        optionType: type,
        amount: ether(amount),
        collateral: ether(collateral),
        state,
      }))
      return encodeFunctionResult({ abi, functionName, result })
    }
  }
}

const create = (assets = ASSETS, settings: object = { ...SETTINGS, underlying: "ETH" }) =>
  lyraAvalon.create(lyraAvalon.settings.parse(settings), { chain: CHAIN, multicall3: contract(9), assets })

const pinAt = (timestamp: number): EvmPin => ({
  kind: "evm",
  chain: CHAIN,
  blockNumber: 1n,
  blockHash: "0x",
  timestamp,
  finality: "latest",
  inputGrade: "single",
})

interface Run {
  readonly holders?: readonly Address[]
  /** The pinned block's time. */
  readonly at?: number
  /** Collects how many calls each round asked. */
  readonly rounds?: number[]
}

/** Runs the adapter against the market. */
function read(market: FakeMarket, { holders = [ALICE, BOB], at = EXPIRY - 86_400, rounds = [] }: Run = {}) {
  const steps = create().read(holders, pinAt(at))
  let step = steps.next([])
  while (!step.done) {
    rounds.push(step.value.length)
    step = steps.next(step.value.map(call => answer(market, call)))
  }
  return step.value
}

const of = ({ addresses }: AdapterReading, holder: Address) =>
  addresses.find(({ address }) => address === addressOn(CHAIN, holder))

const brief = (leg: Leg) =>
  "instrument" in leg
    ? [instrumentName(leg.instrument), leg.quantity, leg.kind === "option" ? leg.state : leg.kind]
    : [leg.symbol, leg.kind === "collateral" ? leg.amount : 0n, leg.kind]
const legs = (reading: AdapterReading, holder: Address) => of(reading, holder)?.legs.map(brief)
const faults = (reading: AdapterReading, holder: Address) => of(reading, holder)?.faults.map(({ code }) => code)
const held = (...positions: FakePosition[]) => new Map([[ALICE, positions]])

describe("positions of an open strike", () => {
  const each = [
    { type: LONG_CALL, name: "ETH-25DEC26-3000-C", quantity: ether("2"), collateral: [] },
    { type: LONG_PUT, name: "ETH-25DEC26-3000-P", quantity: ether("2"), collateral: [] },
    { type: SHORT_CALL_BASE, name: "ETH-25DEC26-3000-C", quantity: -ether("2"), collateral: ["WETH"] },
    { type: SHORT_CALL_QUOTE, name: "ETH-25DEC26-3000-C", quantity: -ether("2"), collateral: ["USDC"] },
    { type: SHORT_PUT_QUOTE, name: "ETH-25DEC26-3000-P", quantity: -ether("2"), collateral: ["USDC"] },
  ]
  it.each(each)("type $type is $name with its sign and its collateral", ({ type, name, quantity, collateral }) => {
    const position = { id: 5n, strikeId: 71n, type, amount: "2", collateral: collateral.length > 0 ? "1.5" : "0" }
    const reading = read({ boards: [CALL_3000], books: held(position) })
    expect(legs(reading, ALICE)).toEqual([
      [name, quantity, "active"],
      ...collateral.map(symbol => [symbol, ether("1.5"), "collateral"]),
    ])
    expect(faults(reading, ALICE)).toEqual([])
  })

  it("expire with the pinned block that reaches the expiry", () => {
    const market = { boards: [CALL_3000], books: held({ id: 5n, strikeId: 71n }) }
    const state = (at: number) => legs(read(market, { at }), ALICE)?.[0]?.[2]
    expect([EXPIRY - 1, EXPIRY, EXPIRY + 1].map(state)).toEqual(["active", "expired", "expired"])
  })

  it("are named by chain, contract and token, and their collateral by the token's asset id", () => {
    const position = { id: 5n, strikeId: 71n, type: SHORT_CALL_BASE, collateral: "1" }
    expect(of(read({ boards: [CALL_3000], books: held(position) }), ALICE)?.legs).toMatchObject([
      { venue: "lyra-avalon", chain: CHAIN, positionId: `${CHAIN}/erc721:${TOKEN}/5` },
      { venue: "lyra-avalon", chain: CHAIN, asset: `${CHAIN}/erc20:${BASE}` },
    ])
  })

  it("are all there is: holders without any are left out, and gone positions count nothing", () => {
    const gone = [CLOSED, LIQUIDATED, SETTLED, MERGED].map((state, i) => ({ id: BigInt(i), strikeId: 71n, state }))
    expect(read({ boards: [CALL_3000], books: held(...gone) }).addresses).toEqual([])
  })
})

describe("positions of a settled strike", () => {
  const settledAt = (atExpiry: string, baseReturned = "0"): ReadonlyMap<bigint, FakeSettlement> =>
    new Map([[71n, { price: "3000", atExpiry, baseReturned }]])
  it.each([
    { what: "a call in the money", type: LONG_CALL, atExpiry: "3100", pays: [["USDC", ether("200")]] },
    { what: "a call out of the money", type: LONG_CALL, atExpiry: "3000", pays: [] },
    { what: "a put in the money", type: LONG_PUT, atExpiry: "2950.5", pays: [["USDC", ether("99")]] },
    { what: "a put out of the money", type: LONG_PUT, atExpiry: "3000.1", pays: [] },
    { what: "a short call's rest", type: SHORT_CALL_QUOTE, atExpiry: "3100", pays: [["USDC", ether("800")]] },
    {
      what: "a worthless short call's collateral",
      type: SHORT_CALL_QUOTE,
      atExpiry: "2900",
      pays: [["USDC", ether("1000")]],
    },
    { what: "a short put's rest", type: SHORT_PUT_QUOTE, atExpiry: "2900", pays: [["USDC", ether("800")]] },
    { what: "nothing of a short put that lost all", type: SHORT_PUT_QUOTE, atExpiry: "2400", pays: [] },
  ])("pay $what", ({ type, atExpiry, pays }) => {
    const position = { id: 5n, strikeId: 71n, type, amount: "2", collateral: "1000" }
    const reading = read({ settled: settledAt(atExpiry), books: held(position) })
    expect(legs(reading, ALICE)).toEqual(pays.map(each => [...each, "collateral"]))
    expect(faults(reading, ALICE)).toEqual([])
  })

  it("pay a covered call in the underlying, at the ratio that the market fixed", () => {
    const position = { id: 5n, strikeId: 71n, type: SHORT_CALL_BASE, amount: "2", collateral: "2" }
    const reading = read({ settled: settledAt("3300", "0.0916"), books: held(position) })
    expect(legs(reading, ALICE)).toEqual([["WETH", ether("1.8168"), "collateral"]])
  })

  it("are cut off to the wei as the protocol does", () => {
    const position = { id: 5n, strikeId: 71n, type: LONG_CALL, amount: "0.333333333333333333" }
    const reading = read({ settled: settledAt("3000.000000000000000002"), books: held(position) })
    expect(legs(reading, ALICE)).toEqual([])
  })
})

describe("the market's quotes", () => {
  it("are base volatility × skew for the call and the put of every strike, at the market's rate", () => {
    const later = { id: 8n, expiry: BigInt(EXPIRY + 604_800), strikes: [{ id: 81n, price: "2500.5", skew: "0.9" }] }
    const { quotes, faults } = read({ boards: [CALL_3000, later], rate: "-0.01" })
    expect(quotes.map(each => [instrumentName(each.instrument), each.volatility, each.rate])).toEqual([
      ["ETH-25DEC26-3000-C", ether("0.88"), -ether("0.01")],
      ["ETH-25DEC26-3000-P", ether("0.88"), -ether("0.01")],
      ["ETH-1JAN27-2500.5-C", ether("0.72"), -ether("0.01")],
      ["ETH-1JAN27-2500.5-P", ether("0.72"), -ether("0.01")],
    ])
    expect(faults).toEqual([])
  })

  it("leave out an instrument that is listed twice: neither volatility is its own", () => {
    const twice = {
      id: 8n,
      strikes: [
        { id: 81n, price: "3000", skew: "0.5" },
        { id: 82n, price: "3100", skew: "1" },
      ],
    }
    const { quotes, faults } = read({ boards: [CALL_3000, twice] })
    expect(quotes.map(each => instrumentName(each.instrument))).toEqual(["ETH-25DEC26-3100-C", "ETH-25DEC26-3100-P"])
    expect(faults.map(({ code }) => code)).toEqual(["UNSUPPORTED_POSITION", "UNSUPPORTED_POSITION"])
  })

  it("are missing, and the venue says so, when the rate cannot be read", () => {
    const broken = { getGreekCacheParams: { status: "reverted", data: "0x" } } as const
    const reading = read({ boards: [CALL_3000], books: held({ id: 5n, strikeId: 71n }), broken })
    expect(reading.quotes).toEqual([])
    expect(reading.faults).toMatchObject([{ code: "CALL_REVERTED", venue: "lyra-avalon" }])
    expect(legs(reading, ALICE)).toHaveLength(1)
  })
})

describe("what cannot be read", () => {
  const market: FakeMarket = {
    boards: [CALL_3000],
    books: new Map([
      [ALICE, [{ id: 5n, strikeId: 71n }]],
      [BOB, [{ id: 6n, strikeId: 71n, type: LONG_PUT }]],
    ]),
  }
  const failures = [
    { status: "reverted", data: "0x08c379a0", code: "CALL_REVERTED" },
    { status: "empty", code: "NOT_DEPLOYED" },
    { status: "ok", data: "0x1234", code: "DECODE" },
  ] as const

  it.each(failures)("of one holder ($code) is that holder's fault and no other's", ({ code, ...result }) => {
    const reading = read({ ...market, broken: { [`getOwnerPositions ${ALICE}`]: result } })
    expect(of(reading, ALICE)).toMatchObject({
      legs: [],
      faults: [{ code, unknown: "position", venue: "lyra-avalon" }],
    })
    expect([legs(reading, BOB)?.length, faults(reading, BOB)]).toEqual([1, []])
  })

  it.each(failures)("of the board list ($code) leaves every position unknown", ({ code, ...result }) => {
    const reading = read({ ...market, broken: { getLiveBoards: result } })
    expect(reading.faults.map(fault => fault.code)).toEqual([code])
    expect([legs(reading, ALICE), faults(reading, ALICE)]).toEqual([[], ["DECODE"]])
    expect([legs(reading, BOB), faults(reading, BOB)]).toEqual([[], ["DECODE"]])
  })

  it.each(failures)("of one board ($code) leaves the other boards' positions known", ({ code, ...result }) => {
    const other = { id: 8n, strikes: [{ id: 81n, price: "3100", skew: "1" }] }
    const books = new Map([...(market.books ?? []), [BOB, [{ id: 6n, strikeId: 81n }]] as const])
    const reading = read({ boards: [CALL_3000, other], books, broken: { "getBoardAndStrikeDetails 7": result } })
    expect(reading.faults.map(fault => fault.code)).toEqual([code])
    expect([legs(reading, ALICE), faults(reading, ALICE)]).toEqual([[], ["DECODE"]])
    expect([legs(reading, BOB)?.length, faults(reading, BOB)]).toEqual([1, []])
  })

  it.each(failures)("of a settlement ($code) is the fault of its positions", ({ code, ...result }) => {
    const reading = read({ books: market.books ?? new Map(), broken: { "getSettlementParameters 71": result } })
    expect([faults(reading, ALICE), faults(reading, BOB)]).toEqual([[code], [code]])
  })

  it("counts for every holder when nothing answers", () => {
    const steps = create().read([ALICE, BOB], pinAt(EXPIRY))
    let step = steps.next([])
    while (!step.done) step = steps.next(step.value.map(() => ({ status: "empty" })))
    expect([faults(step.value, ALICE), faults(step.value, BOB)]).toEqual([["NOT_DEPLOYED"], ["NOT_DEPLOYED"]])
    expect(step.value.faults.map(({ code }) => code)).toEqual(["NOT_DEPLOYED", "NOT_DEPLOYED"])
  })

  it.each([
    { what: "an unknown option type", position: { type: 5 } },
    { what: "a state that no held position has", position: { state: EMPTY } },
    { what: "a state that the protocol does not know", position: { state: 6 } },
  ])("includes $what, beside positions that are fine", ({ position }) => {
    const books = held({ id: 5n, strikeId: 71n }, { id: 6n, strikeId: 71n, ...position })
    const reading = read({ boards: [CALL_3000], books })
    expect([legs(reading, ALICE)?.length, faults(reading, ALICE)]).toEqual([1, ["UNSUPPORTED_POSITION"]])
  })

  it("includes one position that two holders are said to own: neither is credited", () => {
    const books = new Map([
      [ALICE, [{ id: 5n, strikeId: 71n }]],
      [
        BOB,
        [
          { id: 5n, strikeId: 71n },
          { id: 6n, strikeId: 71n },
        ],
      ],
    ])
    const reading = read({ boards: [CALL_3000], books })
    expect([legs(reading, ALICE)?.length, faults(reading, ALICE)]).toEqual([0, ["DECODE"]])
    expect([legs(reading, BOB)?.length, faults(reading, BOB)]).toEqual([1, ["DECODE"]])
  })

  it("includes a board whose expiry is no time", () => {
    const absurd = { ...CALL_3000, expiry: 2n ** 200n }
    const reading = read({ ...market, boards: [absurd] })
    expect(reading.faults.map(({ code }) => code)).toEqual(["DECODE"])
    expect(faults(reading, ALICE)).toEqual(["DECODE"])
  })
})

describe("what is asked", () => {
  it("is one round for the market and all holders, one for the boards and one for settled strikes only", () => {
    const rounds: number[] = []
    const settled = new Map([[61n, { price: "1", atExpiry: "1", baseReturned: "0" }]])
    const books = held({ id: 5n, strikeId: 71n }, { id: 6n, strikeId: 61n }, { id: 8n, strikeId: 61n })
    read({ boards: [CALL_3000], settled, books }, { rounds })
    expect(rounds).toEqual([4, 1, 1])
    read({ boards: [CALL_3000], books: held({ id: 5n, strikeId: 71n }) }, { rounds, holders: [ALICE] })
    expect(rounds.slice(3)).toEqual([3, 1])
  })
})

describe("settings", () => {
  const complete = { ...SETTINGS, underlying: "ETH" }
  it.each([
    { what: "a mistyped address", settings: { ...complete, optionToken: `${TOKEN}0` } },
    { what: "an unknown field", settings: { ...complete, oracle: MARKET } },
    { what: "an underlying that names no instrument", settings: { ...complete, underlying: "ETH-PERP" } },
  ])("refuse $what", ({ settings }) => {
    expect(lyraAvalon.settings.safeParse(settings).success).toBe(false)
  })

  it.each([
    {
      what: "a token that the chain does not list",
      assets: ASSETS.slice(0, 1),
      issue: ["/baseAsset", "UNKNOWN_ASSET"],
    },
    {
      what: "a token with other than 18 decimals",
      assets: ASSETS.map(asset => ({ ...asset, decimals: 6 })),
      issue: ["/quoteAsset", "UNSUPPORTED_DECIMALS"],
    },
  ])("name $what", ({ assets, issue: [pointer, code] }) => {
    const attempt = () => create(assets)
    expect(attempt).toThrow(InvalidInputError)
    expect(attempt).toThrow(expect.objectContaining({ issues: [expect.objectContaining({ pointer, code })] }))
  })
})
