import { beforeEach, describe, expect, it } from "vitest"
import { formatDecimal, parseDecimal } from "../../../aggregator/domain/decimal.js"
import { loadPolicy } from "../../../aggregator/policies/load.js"
import { SHIPPED_POLICIES, shippedPolicy } from "../../../aggregator/policies/shipped.js"
import { bulkSchema, simulatedSchema } from "../../../aggregator/routes/simulate-schemas.js"
import { figuresView } from "../../../aggregator/routes/views.js"
import { span16Document } from "../../support/policies.js"
import { type Bench, EVM_ADDRESS, fieldsIn, problemIn, snapshot, startBench } from "../../support/service.js"
import { CHAIN, collateral, debt, NOW, option, snapshotOf } from "../../support/snapshots.js"

const CALL = "ETH-25DEC26-3200-C"
const PUT = "ETH-25DEC26-2800-P"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
})

const simulate = (body: unknown, headers?: Record<string, string>) => bench.post("/v1/margin/simulate", body, headers)
async function compared(body: unknown) {
  const response = await simulate(body)
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"])
  return simulatedSchema.strict().parse(await response.json())
}
const simulated = async (body: unknown) => (await compared(body)).before
/** A market of the request's own, the same as that of the hand-made snapshots. */
const market = {
  valuationTime: NOW,
  prices: { ETH: "3000", BTC: "90000", USDC: "1" },
  volatilities: { [CALL]: "0.8", [PUT]: "0.8" },
  rate: "0.05",
}
const book = {
  collateral: [{ symbol: "USDC", amount: "20000" }],
  debts: [{ symbol: "ETH", amount: "0.5" }],
  positions: [
    { instrument: CALL, quantity: "-5" },
    { instrument: PUT, quantity: "2.5004" },
  ],
}

describe("a portfolio that can be margined", () => {
  it("needs no chain to have been read when the request brings a whole market", async () => {
    const { status, figures, components } = await simulated({ ...book, market })
    expect(status).toBe("NORMAL")
    expect(figures).not.toBeNull()
    expect(components.positions.map(each => each.instrument)).toEqual([CALL, PUT])
  })

  it("gets exactly what the pipeline gives an account on a chain", async () => {
    const legs = [collateral("USDC", "20000"), debt("ETH", "0.5"), option(CALL, "-5"), option(PUT, "2.5004")]
    const [health] = bench.assess(snapshotOf(legs)).health
    const { figures, components } = await simulated({ ...book, market })
    expect(figures).toEqual(health?.figures && figuresView(health.figures))
    expect(components.units).toMatchObject([{ underlying: "ETH", worstScenario: expect.any(Number) }])
  })

  it("takes from the live market what the request leaves out", async () => {
    bench.assess(snapshot())
    const live = await simulated({ positions: [{ instrument: CALL, quantity: "-5" }] })
    const same = await simulated({
      positions: [{ instrument: CALL, quantity: "-5" }],
      market: { prices: { ETH: "3000" } },
    })
    const higher = await simulated({
      positions: [{ instrument: CALL, quantity: "-5" }],
      market: { prices: { ETH: "3300" } },
    })
    expect(same.figures).toEqual(live.figures)
    expect(Number(higher.figures?.maintenanceMargin)).toBeGreaterThan(Number(live.figures?.maintenanceMargin))
    expect(Number(higher.figures?.equity)).toBeLessThan(Number(live.figures?.equity))
  })

  it("does not depend on the order of what it holds", async () => {
    const { figures } = await simulated({ ...book, market })
    const reversed = await simulated({ ...book, positions: [...book.positions].reverse(), market })
    expect(reversed.figures).toEqual(figures)
  })

  it("changes nothing that is served", async () => {
    const assessment = bench.assess(snapshot())
    await simulated({ ...book, market })
    expect(bench.book.latest).toBe(assessment)
  })

  it("may be empty: everything is 0 and nothing is a ratio", async () => {
    const { figures } = await simulated({ market: { valuationTime: NOW } })
    expect(figures).toMatchObject({ equity: "0", maintenanceMargin: "0", healthFactor: null, marginRatio: null })
  })

  it("stays exact where a double would not", async () => {
    const amount = "999999999999999999.999999999999999999"
    const { figures } = await simulated({
      collateral: [{ symbol: "USDC", amount }],
      market: { valuationTime: NOW, prices: { USDC: "1000000" } },
    })
    expect(figures?.rawEquity).toBe("999999999999999999999999.999999999999")
  })
})

describe("a body that is none", () => {
  it.each(["{", "", "NaN", '{"positions":[{"quantity":NaN}]}', "undefined", '{"a":1}}'])(
    "%j is malformed",
    async body => {
      expect(await problemIn(await simulate(body))).toMatchObject({ status: 400, code: "MALFORMED_BODY" })
    },
  )

  it.each([
    ["{}", { "content-type": "text/plain" }],
    ["{}", { "content-type": "application/x-www-form-urlencoded" }],
    ["market=1", { "content-type": "application/x-www-form-urlencoded" }],
    ["{}", { "content-type": "application/jsonp" }],
  ])("%s as %j is not taken for JSON", async (body, headers) => {
    expect(await problemIn(await simulate(body, headers))).toMatchObject({
      status: 415,
      code: "UNSUPPORTED_MEDIA_TYPE",
    })
  })

  it("is not taken for an empty portfolio when it is missing", async () => {
    const response = await bench.get("/v1/margin/simulate", { method: "POST" })
    expect(await problemIn(response)).toMatchObject({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE" })
  })

  it("takes JSON by any of its names", async () => {
    const response = await simulate({ market }, { "content-type": "application/json; charset=utf-8" })
    expect(response.status).toBe(200)
  })

  it("is refused when it is too large, announced or not", async () => {
    const body = JSON.stringify({ policy: "x".repeat(300_000) })
    expect(await problemIn(await simulate(body))).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" })
    const streamed = await bench.get("/v1/margin/simulate", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new Blob([body]).stream(),
      duplex: "half",
    } as RequestInit)
    expect(await problemIn(streamed)).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" })
  })
})

describe("a field that is wrong", () => {
  it.each<[string, unknown, string]>([
    ["no object", [], ""],
    ["a list that is none", { positions: {} }, "/positions"],
    ["an exponent", { positions: [{ instrument: CALL, quantity: "1e5" }] }, "/positions/0/quantity"],
    ["a number for a string", { positions: [{ instrument: CALL, quantity: 1 }] }, "/positions/0/quantity"],
    ["NaN", { positions: [{ instrument: CALL, quantity: "NaN" }] }, "/positions/0/quantity"],
    ["Infinity", { collateral: [{ symbol: "ETH", amount: "Infinity" }] }, "/collateral/0/amount"],
    ["nothing", { collateral: [{ symbol: "ETH", amount: "" }] }, "/collateral/0/amount"],
    ["null", { collateral: [{ symbol: "ETH", amount: null }] }, "/collateral/0/amount"],
    ["no quantity", { positions: [{ instrument: CALL }] }, "/positions/0/quantity"],
    ["a quantity of 0", { positions: [{ instrument: CALL, quantity: "-0.0" }] }, "/positions/0/quantity"],
    ["19 digits", { positions: [{ instrument: CALL, quantity: "1234567890123456789" }] }, "/positions/0/quantity"],
    ["19 decimals", { collateral: [{ symbol: "ETH", amount: `0.${"1".repeat(19)}` }] }, "/collateral/0/amount"],
    ["negative collateral", { collateral: [{ symbol: "ETH", amount: "-1" }] }, "/collateral/0/amount"],
    ["a negative debt", { debts: [{ symbol: "ETH", amount: "-1" }] }, "/debts/0/amount"],
    ["a symbol that is none", { debts: [{ symbol: "E TH", amount: "1" }] }, "/debts/0/symbol"],
    ["a price of 0", { market: { prices: { ETH: "0" } } }, "/market/prices/ETH"],
    ["a price of 0.000", { market: { prices: { ETH: "0.000" } } }, "/market/prices/ETH"],
    ["a negative price", { market: { prices: { ETH: "-3000" } } }, "/market/prices/ETH"],
    ["a volatility of 0", { market: { volatilities: { [CALL]: "0" } } }, `/market/volatilities/${CALL}`],
    ["a negative rate", { market: { rate: "-0.01" } }, "/market/rate"],
    ["a time of 0", { market: { valuationTime: 0 } }, "/market/valuationTime"],
    ["a time between seconds", { market: { valuationTime: 1.5 } }, "/market/valuationTime"],
    ["too many legs", { debts: Array(501).fill({ symbol: "ETH", amount: "1" }) }, "/debts"],
  ])("%s is named by its pointer", async (_, body, pointer) => {
    expect(await fieldsIn(await simulate(body))).toEqual([[pointer, "INVALID_VALUE"]])
  })

  it.each<[unknown, string]>([
    [{ leverage: "10" }, "/leverage"],
    [{ positions: [{ instrument: CALL, quantity: "1", price: "5" }] }, "/positions/0/price"],
    [{ market: { "sp/ot~": "1" } }, "/market/sp~1ot~0"],
  ])("%j has an unknown one", async (body, pointer) => {
    expect(await fieldsIn(await simulate(body))).toEqual([[pointer, "UNKNOWN_FIELD"]])
  })

  it("does not hide the next", async () => {
    const body = { collateral: [{ symbol: "ETH", amount: "-1" }], debts: [{ symbol: 5, amount: 6 }], x: 1 }
    expect(await fieldsIn(await simulate(body))).toEqual([
      ["/collateral/0/amount", "INVALID_VALUE"],
      ["/debts/0/symbol", "INVALID_VALUE"],
      ["/debts/0/amount", "INVALID_VALUE"],
      ["/x", "UNKNOWN_FIELD"],
    ])
  })
})

describe("every shipped policy", () => {
  it.each(SHIPPED_POLICIES)(
    "%s margins by name what it is made for, and its charges add up to each threshold",
    async policy => {
      const { methodology } = shippedPolicy(policy).policy
      // A lending venue knows debts only.
      const lends = methodology.kind === "weighted-health" && methodology.perpetuals.size === 0
      const held = lends
        ? { debts: [{ symbol: "ETH", amount: "1" }] }
        : { positions: [{ instrument: "ETH-PERP", quantity: "-2" }] }
      const body = { ...held, collateral: [{ symbol: "USDC", amount: "9000" }], policy, market }
      const { before } = await compared(body)
      const { figures, components } = before
      const sum = (of: "maintenance" | "liquidationEnd" | "initial") =>
        components.charges.reduce((total, each) => total + parseDecimal(each[of]), 0n)
      expect(before.policy).toMatchObject({ name: policy, hash: shippedPolicy(policy).hash })
      expect(parseDecimal(figures?.maintenanceMargin ?? "")).toBe(sum("maintenance"))
      expect(parseDecimal(figures?.liquidationEndMargin ?? "")).toBe(sum("liquidationEnd"))
      expect(parseDecimal(figures?.initialMargin ?? "")).toBe(sum("initial"))
      expect(sum("maintenance")).toBeGreaterThan(0n)
      expect(sum("initial")).toBeGreaterThanOrEqual(sum("liquidationEnd"))
    },
  )
})

describe("a portfolio that cannot be margined", () => {
  const positions = (instrument: string, quantity = "1") => ({ positions: [{ instrument, quantity }] })

  it.each<[string, unknown, [string, string]]>([
    [
      "an unknown instrument",
      { ...positions("ETH-31NOV26-3200-C"), market },
      ["/positions/0/instrument", "UNKNOWN_INSTRUMENT"],
    ],
    [
      "an instrument that is none",
      { ...positions("'; DROP TABLE"), market },
      ["/positions/0/instrument", "UNKNOWN_INSTRUMENT"],
    ],
    [
      "an option under a policy that margins none",
      { ...positions(CALL), policy: "weighted-health-mango", market },
      ["/positions/0/instrument", "UNSUPPORTED_INSTRUMENT"],
    ],
    ["spot as a position", { ...positions("ETH"), market }, ["/positions/0/instrument", "UNSUPPORTED_INSTRUMENT"]],
    [
      "an unknown underlying",
      { ...positions("DOGE-25DEC26-1-C"), market },
      ["/positions/0/instrument", "UNKNOWN_UNDERLYING"],
    ],
    [
      "an expired option",
      { ...positions("ETH-25DEC25-3200-C"), market },
      ["/positions/0/instrument", "EXPIRED_INSTRUMENT"],
    ],
    [
      "a missing volatility",
      { ...positions("ETH-25DEC26-3300-C"), market },
      ["/positions/0/instrument", "VOLATILITY_MISSING"],
    ],
    [
      "a missing price of the underlying",
      { ...positions(CALL), market: { ...market, prices: {} } },
      ["/positions/0/instrument", "PRICE_MISSING"],
    ],
    [
      "a missing price of collateral",
      { collateral: [{ symbol: "SOL", amount: "1" }], market },
      ["/collateral/0/symbol", "PRICE_MISSING"],
    ],
    [
      "collateral that is none",
      { collateral: [{ symbol: "DOGE", amount: "1" }], market },
      ["/collateral/0/symbol", "UNKNOWN_SYMBOL"],
    ],
    [
      "a debt in something unknown",
      { debts: [{ symbol: "DOGE", amount: "1" }], market },
      ["/debts/0/symbol", "UNKNOWN_SYMBOL"],
    ],
    ["another policy", { policy: "tims-7", market }, ["/policy", "UNKNOWN_POLICY"]],
    ["an absurd quantity", { ...positions(CALL, "100000000000000000"), market }, ["/positions", "QUANTITY_OVERFLOW"]],
    ["an absurd short", { ...positions(CALL, "-999999999999999999"), market }, ["/positions", "QUANTITY_OVERFLOW"]],
  ])("%s is a named error", async (_, body, field) => {
    const response = await simulate(body)
    expect(response.status).toBe(400)
    expect(await fieldsIn(response)).toEqual([field])
  })

  it.each<[string, object]>([
    ["rate", { rate: "1000000" }],
    ["price", { prices: { ...market.prices, ETH: "999999999999999999" } }],
  ])("an absurd %s is a named error and no fault of the service", async (_, change) => {
    const response = await simulate({ ...positions(CALL), market: { ...market, ...change } })
    const fields = await fieldsIn(response)
    expect(fields.map(([pointer]) => pointer)).toEqual(["/positions"])
    expect(fields.map(([, code]) => code)).toEqual([expect.stringMatching(/_OUT_OF_RANGE$/)])
    expect(bench.faults).toEqual([])
  })

  it("says that there is no market before the first reading", async () => {
    expect(await fieldsIn(await simulate(positions(CALL)))).toEqual([["/market/valuationTime", "NO_LIVE_MARKET"]])
  })

  it("names every position at fault", async () => {
    const body = {
      positions: [
        { instrument: "ETH-25DEC25-3200-C", quantity: "1" },
        { instrument: CALL, quantity: "1" },
        { instrument: "DOGE-PERP", quantity: "1" },
      ],
      market,
    }
    expect(await fieldsIn(await simulate(body))).toEqual([
      ["/positions/0/instrument", "EXPIRED_INSTRUMENT"],
      ["/positions/2/instrument", "UNKNOWN_UNDERLYING"],
    ])
  })
})

describe("a change", () => {
  const PREMIUM = "-375"
  const hedge = {
    positions: [{ instrument: PUT, quantity: "2.5" }],
    collateral: [{ symbol: "USDC", amount: PREMIUM }],
  }

  it("gives what the changed book is given on its own", async () => {
    const changed = await compared({ ...book, market, changes: hedge })
    const { before } = await compared({
      ...book,
      collateral: [{ symbol: "USDC", amount: "19625" }],
      positions: [
        { instrument: CALL, quantity: "-5" },
        { instrument: PUT, quantity: "5.0004" },
      ],
      market,
    })
    expect(changed.after?.figures).toEqual(before.figures)
    expect(changed.account).toBeNull()
  })

  it("is told as a difference that is exact", async () => {
    const { before, after, difference } = await compared({ ...book, market, changes: hedge })
    for (const name of ["equity", "health", "maintenanceMargin", "initialMargin"] as const) {
      const by = parseDecimal(after?.figures?.[name] ?? "") - parseDecimal(before.figures?.[name] ?? "")
      expect(difference?.[name]).toBe(formatDecimal(by))
    }
  })

  it("is none when none is asked for, and changes nothing when it is empty", async () => {
    expect(await compared({ ...book, market })).toMatchObject({ after: null, difference: null })
    const { before, after, difference } = await compared({ ...book, market, changes: {} })
    expect(after).toEqual(before)
    expect(new Set(Object.values(difference ?? {}))).toEqual(new Set(["0"]))
  })

  it.each<[string, object, object]>([
    [
      "prices",
      { market: { prices: { ETH: "3300" } } },
      { market: { ...market, prices: { ...market.prices, ETH: "3300" } } },
    ],
    [
      "volatilities",
      { market: { volatilities: { [CALL]: "1.1" } } },
      { market: { ...market, volatilities: { ...market.volatilities, [CALL]: "1.1" } } },
    ],
    [
      "a shift of them",
      { volatilityShifts: { ETH: "0.1" } },
      { market: { ...market, volatilities: { [CALL]: "0.9", [PUT]: "0.9" } } },
    ],
    ["rates", { market: { rate: "0.02" } }, { market: { ...market, rate: "0.02" } }],
    ["time", { market: { valuationTime: NOW + 864_000 } }, { market: { ...market, valuationTime: NOW + 864_000 } }],
    ["debts", { debts: [{ symbol: "ETH", amount: "-0.5" }] }, { debts: [] }],
  ])("of %s is that of the request's own market or book", async (_, changes, otherwise) => {
    const { after } = await compared({ ...book, market, changes })
    const { before } = await compared({ ...book, market, ...otherwise })
    expect(after?.figures).toEqual(before.figures)
  })

  it("of policy is margined by that one, and says so", async () => {
    const strict = {
      ...span16Document,
      name: "strict",
      methodology: {
        ...span16Document.methodology,
        lossFactors: { maintenance: { factor: "2" }, liquidationEnd: { factor: "2" }, initial: { factor: "2.5" } },
      },
    }
    const { before, after } = await compared({ ...book, market, changes: { policy: strict } })
    const margin = (side: typeof before | null) => parseDecimal(side?.figures?.maintenanceMargin ?? "")
    expect(margin(after)).toBe(2n * margin(before))
    expect(after?.policy).toMatchObject({ name: "strict", hash: loadPolicy(strict).hash })
    expect(before.policy.name).toBe("span16")
  })

  it("closes what is held before it opens anything", async () => {
    const flat = {
      positions: [
        { instrument: CALL, quantity: "5" },
        { instrument: PUT, quantity: "-2.5004" },
      ],
    }
    const { after } = await compared({ ...book, market, changes: flat })
    expect(after?.components.positions).toEqual([])
    const turned = { positions: [{ instrument: CALL, quantity: "7" }] }
    const { after: crossed } = await compared({ ...book, market, changes: turned })
    expect(crossed?.components.positions.map(each => each.quantity).sort()).toEqual(["2", "2.5004"])
  })

  it.each<[string, object, [string, string]]>([
    [
      "an unknown instrument",
      { positions: [{ instrument: "ETH", quantity: "1" }] },
      ["/changes/positions/0/instrument", "UNSUPPORTED_INSTRUMENT"],
    ],
    [
      "an unquoted option",
      { positions: [{ instrument: "ETH-25DEC26-3300-C", quantity: "1" }] },
      ["/changes/positions/0/instrument", "VOLATILITY_MISSING"],
    ],
    [
      "too large a withdrawal",
      { collateral: [{ symbol: "USDC", amount: "-20000.000001" }] },
      ["/changes/collateral/0/amount", "INSUFFICIENT"],
    ],
    [
      "too large a repayment",
      { debts: [{ symbol: "ETH", amount: "-0.6" }] },
      ["/changes/debts/0/amount", "INSUFFICIENT"],
    ],
    [
      "unknown collateral",
      { collateral: [{ symbol: "DOGE", amount: "1" }] },
      ["/changes/collateral/0/symbol", "UNKNOWN_SYMBOL"],
    ],
    [
      "a chain that was not read",
      { collateral: [{ symbol: "ETH", amount: "1", chain: "eip155:10" }] },
      ["/changes/collateral/0/chain", "CHAIN_UNAVAILABLE"],
    ],
    ["a chain that is none", { unreachable: ["mainnet"] }, ["/changes/unreachable/0", "INVALID_ID"]],
    ["an unknown policy", { policy: "standard" }, ["/changes/policy", "UNKNOWN_POLICY"]],
    [
      "a policy with a fault",
      { policy: { ...span16Document, liabilityMaxAge: 0 } },
      ["/changes/policy/liabilityMaxAge", "INVALID_VALUE"],
    ],
    ["an unknown field", { leverage: "2" }, ["/changes/leverage", "UNKNOWN_FIELD"]],
  ])("that cannot be made is named: %s", async (_, changes, field) => {
    expect(await fieldsIn(await simulate({ ...book, market, changes }))).toEqual([field])
  })
})

describe("an account", () => {
  beforeEach(() => {
    bench.assess(snapshot())
  })

  it.each(["seller", EVM_ADDRESS, EVM_ADDRESS.toLowerCase()])("asked for as %s is as it is margined", async id => {
    const [health] = bench.book.latest?.health ?? []
    const { account, before } = await compared({ account: id })
    expect(account).toBe("seller")
    expect(before.figures).toEqual(health?.figures && figuresView(health.figures))
  })

  it("whose chain cannot be reached has no number", async () => {
    const { after, difference } = await compared({ account: "seller", changes: { unreachable: [CHAIN] } })
    expect(after).toMatchObject({ status: "UNAVAILABLE", figures: null })
    expect(after?.reasons).toContainEqual(expect.objectContaining({ code: "CHAIN_UNAVAILABLE", chain: CHAIN }))
    expect(difference).toBeNull()
  })

  it("that cannot be margined says why instead of failing", async () => {
    expect((await compared({ account: "lost" })).before).toMatchObject({ status: "UNAVAILABLE", figures: null })
  })

  it("puts what is added on the chain that is named, with its haircuts", async () => {
    const added = (chain?: string) => ({ collateral: [{ symbol: "USDC", amount: "1000", ...(chain && { chain }) }] })
    const { after } = await compared({ account: "seller", changes: added(CHAIN) })
    expect(after?.components.collateral.at(-1)).toMatchObject({ chain: CHAIN, marketValue: "1000" })
    const lost = await compared({ account: "seller", changes: { ...added(CHAIN), unreachable: [CHAIN] } })
    expect(lost.after?.components.collateral).toEqual([])
  })

  it("keeps a confidence's share of a price that is supposed", async () => {
    const { before, after } = await compared({ account: "seller", changes: { market: { prices: { ETH: "6000" } } } })
    const cut = (side: typeof before | null) =>
      side?.components.collateral.find(each => each.symbol === "ETH")?.haircuts.find(each => each.name === "confidence")
    expect(Number(cut(after)?.amount)).toBeCloseTo(2 * Number(cut(before)?.amount), 9)
  })

  it("is not mixed with a portfolio, and has to exist", async () => {
    expect(await fieldsIn(await simulate({ account: "seller", ...book }))).toEqual([
      ["/collateral", "CONFLICTING"],
      ["/debts", "CONFLICTING"],
      ["/positions", "CONFLICTING"],
    ])
    expect(await problemIn(await simulate({ account: "nobody" }))).toMatchObject({
      status: 404,
      code: "UNKNOWN_ACCOUNT",
    })
  })
})

describe("books in bulk", () => {
  const bulk = (books: unknown) => bench.post("/v1/margin/simulate/bulk", { books })

  it("are each answered as if alone, in their order, whatever the others are", async () => {
    bench.assess(snapshot())
    const books = [{ ...book, market, changes: {} }, { positions: 5 }, { account: "nobody" }, 7, { account: "seller" }]
    const response = await bulk(books)
    expect(response.status).toBe(200)
    const { results } = bulkSchema.parse(await response.json())
    expect(results.map(each => (each.status === "ok" ? "ok" : each.code))).toEqual([
      "ok",
      "INVALID_INPUT",
      "UNKNOWN_ACCOUNT",
      "INVALID_INPUT",
      "ok",
    ])
    expect(results[0]).toEqual({ status: "ok", result: await compared(books[0]) })
    expect(results[1]).toMatchObject({ errors: [{ pointer: "/positions", code: "INVALID_VALUE" }] })
    expect(results[4]).toEqual({ status: "ok", result: await compared(books[4]) })
  })

  it("may be a thousand and no more", async () => {
    const many = Array.from({ length: 1000 }, () => ({ ...book, market }))
    const response = await bulk(many)
    const { results } = bulkSchema.parse(await response.json())
    expect(results).toHaveLength(1000)
    expect(results.every(each => each.status === "ok")).toBe(true)
    expect(await fieldsIn(await bulk([...many, {}]))).toEqual([["/books", "INVALID_VALUE"]])
    expect(await fieldsIn(await bulk([]))).toEqual([["/books", "INVALID_VALUE"]])
  })

  it("have their own limit on the body", async () => {
    const response = await bulk(["x".repeat(8 * 1024 * 1024)])
    expect(await problemIn(response)).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" })
  })
})
