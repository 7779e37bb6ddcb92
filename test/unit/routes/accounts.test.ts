import { beforeEach, describe, expect, it } from "vitest"
import { parseDecimal } from "../../../aggregator/domain/decimal.js"
import { accountListSchema, marginSchema } from "../../../aggregator/routes/margin-schemas.js"
import { attestationOf } from "../../support/attestation.js"
import { type Bench, EVM_ADDRESS, problemIn, SOLANA_ADDRESS, snapshot, startBench } from "../../support/service.js"
import { CHAIN, NOW } from "../../support/snapshots.js"

let bench: Bench
beforeEach(async () => {
  bench = await startBench()
})

const marginOf = async (id: string) => {
  const response = await bench.get(`/v1/accounts/${id}/margin`)
  expect(response.status).toBe(200)
  return marginSchema.strict().parse(await response.json())
}
const sum = (values: readonly string[]) => values.map(parseDecimal).reduce((total, value) => total + value, 0n)

describe("before the first reading", () => {
  it.each(["/v1/accounts", "/v1/accounts/seller/margin"])("%s says that nothing has been read yet", async path => {
    expect(await problemIn(await bench.get(path))).toMatchObject({ status: 503, code: "NOT_READY" })
  })
})

describe("GET /v1/accounts", () => {
  it("lists every account in order, the ones without figures too", async () => {
    bench.assess(snapshot())
    const response = await bench.get("/v1/accounts")
    expect(response.headers.get("content-type")).toBe("application/json")
    const { valuationTime, accounts, next } = accountListSchema.strict().parse(await response.json())
    expect(valuationTime).toBe(NOW)
    expect(accounts.map(({ account, status, figures }) => [account, status, figures === null])).toEqual([
      ["seller", "NORMAL", false],
      ["lost", "UNAVAILABLE", true],
      ["empty", "NORMAL", false],
    ])
    expect(accounts[0]?.addresses).toEqual([EVM_ADDRESS])
    expect(next).toBeNull()
  })

  it("gives every account once, page by page", async () => {
    bench.assess(snapshot())
    const page = async (query: string) => {
      const { accounts, next } = accountListSchema.parse(await (await bench.get(`/v1/accounts?${query}`)).json())
      return [accounts.map(each => each.account), next]
    }
    expect(await page("limit=2")).toEqual([["seller", "lost"], "lost"])
    expect(await page("limit=2&cursor=lost")).toEqual([["empty"], null])
    expect(await page("limit=3")).toEqual([["seller", "lost", "empty"], null])
    expect(await page("cursor=empty")).toEqual([[], null])
  })

  it.each([
    ["limit=0", "/limit"],
    ["limit=20001", "/limit"],
    ["limit=1.5", "/limit"],
    ["cursor=nobody", "/cursor"],
    [`cursor=${EVM_ADDRESS}`, "/cursor"],
  ])("refuses %s", async (query, pointer) => {
    bench.assess(snapshot())
    const problem = await problemIn(await bench.get(`/v1/accounts?${query}`))
    expect(problem).toMatchObject({ status: 400, errors: [{ pointer }] })
  })
})

describe("GET /v1/accounts/{id}/margin", () => {
  beforeEach(() => {
    bench.assess(snapshot())
  })

  it("shows figures and components as exact decimal strings that add up", async () => {
    const { figures, components, ...margin } = await marginOf("seller")
    expect(margin).toMatchObject({ account: "seller", status: "NORMAL", asOf: NOW - 7, epoch: null })
    expect(margin.chains).toMatchObject([{ chain: CHAIN, name: "Ethereum", status: "ok", height: "100", age: 7 }])
    expect(components.collateral.map(each => each.symbol)).toEqual(["USDC", "ETH"])
    expect(components.positions).toMatchObject([{ instrument: "ETH-25DEC26-3200-C", quantity: "-5" }])
    expect(parseDecimal(figures?.equity ?? "")).toBe(
      sum(components.collateral.map(each => each.collateralValue)) +
        sum(components.positions.map(each => each.markToMarket)) -
        sum(components.debts.map(each => each.liabilityValue)),
    )
    for (const each of components.collateral) {
      const cut = sum(each.haircuts.map(step => step.amount))
      expect(parseDecimal(each.marketValue) - cut).toBe(parseDecimal(each.collateralValue))
    }
  })

  it("gives no figure where one would be a guess, and says why", async () => {
    const margin = await marginOf("lost")
    expect(margin).toMatchObject({ status: "UNAVAILABLE", figures: null })
    expect(margin.reasons).toMatchObject([{ code: "CHAIN_UNAVAILABLE" }])
    expect(margin.chains).toMatchObject([
      {
        status: "unavailable",
        height: null,
        blockHash: null,
        age: null,
        reason: expect.stringMatching(/^WRONG_CHAIN/),
      },
    ])
  })

  it("names the last epoch once there is one", async () => {
    const assessment = bench.assess(snapshot())
    await bench.book.recordEpoch(attestationOf(1, 9n, NOW), assessment)
    expect((await marginOf("seller")).epoch).toBe("9")
  })

  it.each([
    EVM_ADDRESS,
    EVM_ADDRESS.toLowerCase(),
    EVM_ADDRESS.replace(/[a-f]/g, letter => letter.toUpperCase())
      .replace("EIP", "eip")
      .replace(":0X", ":0x"),
    encodeURIComponent(EVM_ADDRESS),
  ])("finds an account by its EVM address, spelled %s", async spelled => {
    expect((await marginOf(spelled)).account).toBe("seller")
  })

  it("finds an account by its Solana address, in exactly its letters", async () => {
    expect((await marginOf(SOLANA_ADDRESS)).account).toBe("lost")
    const other = await bench.get(`/v1/accounts/${SOLANA_ADDRESS.toLowerCase()}/margin`)
    expect(await problemIn(other)).toMatchObject({ status: 404, code: "UNKNOWN_ACCOUNT" })
  })

  it.each(["nobody", "Seller", EVM_ADDRESS.replace("1337", "1397"), EVM_ADDRESS.slice(12), "%zz", "..%2Fseller"])(
    "does not know %s",
    async id => {
      const problem = await problemIn(await bench.get(`/v1/accounts/${id}/margin`))
      expect(problem).toMatchObject({ status: 404, code: "UNKNOWN_ACCOUNT" })
    },
  )

  it("refuses an id too long to be one", async () => {
    const problem = await problemIn(await bench.get(`/v1/accounts/${"a".repeat(257)}/margin`))
    expect(problem).toMatchObject({ status: 400, errors: [{ pointer: "/id" }] })
  })
})
