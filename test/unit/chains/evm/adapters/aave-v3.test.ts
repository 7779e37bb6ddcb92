import { describe, expect, it } from "vitest"
import { addressOn } from "../../../../../aggregator/domain/caip.js"
import { aaveV3 } from "../../../../../chains/evm/adapters/aave-v3.js"
import {
  ALICE,
  at,
  BOB,
  CHAIN,
  EMPTY,
  FACTS,
  GARBAGE,
  ORACLE,
  POOL,
  RAY,
  REVERTED,
  readScripted,
  reserveData,
  returns,
  type Script,
  tokenOf,
  USDC,
  using,
  WETH,
} from "./aave-v3-scripted.js"

const configured = (holder: string, bits: bigint): Script => ({
  [`getUserConfiguration(${holder})`]: returns({ data: bits }),
})
const holding = (
  holder: string,
  asset: `0x${string}`,
  kind: "aToken" | "stable" | "variable",
  raw: bigint,
): Script => ({
  [`${kind === "stable" ? "balanceOf" : "scaledBalanceOf"}(${holder})@${tokenOf(asset, kind)}`]: returns(raw),
})
/** Alice: 2 WETH as collateral, 1,000 USDC of variable and 500 USDC of stable debt. */
const ALICE_BORROWS: Script = {
  ...configured(ALICE, using([0, "collateral"], [1, "borrowed"])),
  ...holding(ALICE, WETH, "aToken", 2n * 10n ** 18n),
  ...holding(ALICE, USDC, "variable", 1_000n * 10n ** 6n),
  ...holding(ALICE, USDC, "stable", 500n * 10n ** 6n),
  [`getUserAccountData(${ALICE})`]: returns([
    6_000n * 10n ** 8n,
    1_500n * 10n ** 8n,
    3_000n * 10n ** 8n,
    8_000n,
    7_500n,
    32n * 10n ** 17n,
  ]),
}
const ONE = 10n ** 18n
const equal = (name: string, value: bigint) => ({ venue: "aave-v3", name, native: value, recomputed: value })

describe("a position in Aave v3", () => {
  it("is one collateral leg and one debt leg a reserve, both kinds of debt together", () => {
    const { addresses, faults } = readScripted(ALICE_BORROWS)
    const common = { chain: CHAIN, venue: "aave-v3" }
    expect(faults).toEqual([])
    expect(addresses).toEqual([
      {
        address: addressOn(CHAIN, ALICE),
        legs: [
          { kind: "collateral", ...common, asset: `${CHAIN}/erc20:${WETH}`, symbol: "ETH", amount: 2n * ONE },
          { kind: "debt", ...common, asset: `${CHAIN}/erc20:${USDC}`, symbol: "USDC", amount: 1_500n * ONE },
        ],
        faults: [],
        native: [
          equal("totalCollateralBase", 6_000n * ONE),
          equal("totalDebtBase", 1_500n * ONE),
          equal("availableBorrowsBase", 3_000n * ONE),
          equal("currentLiquidationThreshold", (ONE * 80n) / 100n),
          equal("ltv", (ONE * 75n) / 100n),
          equal("healthFactor", (ONE * 32n) / 10n),
        ],
      },
    ])
  })

  it("grows with the reserve's index, rounded half up as the pool does", () => {
    const amountAt = (index: bigint) => {
      const grown = {
        ...configured(ALICE, using([1, "collateral"])),
        ...holding(ALICE, USDC, "aToken", 3n),
        getReserveNormalizedIncome: returns(index),
      }
      return readScripted(grown).addresses[0]?.legs[0]
    }
    const millionth = 10n ** 12n
    expect(amountAt(RAY)).toMatchObject({ amount: 3n * millionth })
    expect(amountAt((RAY * 7n) / 6n)).toMatchObject({ amount: 3n * millionth })
    expect(amountAt((RAY * 7n) / 6n + 1n)).toMatchObject({ amount: 4n * millionth })
    expect(amountAt((RAY * 4n) / 3n + 1n)).toMatchObject({ amount: 4n * millionth })
  })

  it("is found by the reserve's id, which is not its place in the list once a reserve was dropped", () => {
    const script: Script = {
      ...ALICE_BORROWS,
      ...configured(ALICE, using([0, "collateral"], [5, "borrowed"])),
      [`getReserveData(${USDC})`]: returns(reserveData(USDC, { id: 5, decimals: 6 })),
    }
    const [alice] = readScripted(script).addresses
    expect(alice?.legs).toMatchObject([{ kind: "collateral" }, { kind: "debt", amount: 1_500n * ONE }])
    expect(alice?.faults).toEqual([])
  })

  it("counts what is supplied without being used as collateral, and the market's total does not", () => {
    const [alice] = readScripted({
      ...ALICE_BORROWS,
      ...holding(ALICE, USDC, "aToken", 40n * 10n ** 6n),
    }).addresses
    expect(alice?.legs).toMatchObject([
      { kind: "collateral", symbol: "ETH" },
      { kind: "collateral", symbol: "USDC", amount: 40n * ONE },
      { kind: "debt", symbol: "USDC" },
    ])
    expect(alice?.native[0]).toMatchObject({ recomputed: 6_000n * ONE })
  })

  it("leaves a collateral without a liquidation threshold out of the recomputed total", () => {
    const [alice] = readScripted({
      ...ALICE_BORROWS,
      [`getReserveData(${WETH})`]: returns(reserveData(WETH, { id: 0, decimals: 18, liquidationThreshold: 0 })),
    }).addresses
    expect(alice?.native[0]).toMatchObject({ name: "totalCollateralBase", native: 6_000n * ONE, recomputed: 0n })
  })

  it("prices reserves of the user's e-mode category by the category's own source, in one more round", () => {
    const SOURCE = at(0x77)
    const script: Script = {
      ...ALICE_BORROWS,
      [`getReserveData(${WETH})`]: returns(reserveData(WETH, { id: 0, decimals: 18, eModeCategory: 2 })),
      getUserEMode: returns(2n),
      "getEModeCategoryData(2)": returns({
        ltv: 9_000,
        liquidationThreshold: 9_300,
        liquidationBonus: 10_200,
        priceSource: SOURCE,
        label: "",
      }),
      [`getAssetPrice(${SOURCE})`]: returns(4_000n * 10n ** 8n),
    }
    const { addresses, rounds } = readScripted(script)
    expect(addresses[0]?.native.map(({ recomputed }) => recomputed)).toEqual([
      8_000n * ONE,
      1_500n * ONE,
      5_700n * ONE,
      (ONE * 93n) / 100n,
      (ONE * 90n) / 100n,
      (ONE * 496n) / 100n,
    ])
    expect(rounds).toBe(4)
    expect(readScripted(ALICE_BORROWS).rounds).toBe(3)
  })

  it("takes a category's thresholds without its price, and lends nothing against what the reserve itself refuses", () => {
    const shape = { id: 0, decimals: 18, eModeCategory: 2, loanToValue: 0 }
    const { addresses } = readScripted({
      ...ALICE_BORROWS,
      [`getReserveData(${WETH})`]: returns(reserveData(WETH, shape)),
      getUserEMode: returns(2n),
      "getEModeCategoryData(2)": returns({
        ltv: 9_000,
        liquidationThreshold: 9_300,
        liquidationBonus: 10_200,
        priceSource: at(0),
        label: "",
      }),
    })
    expect(addresses[0]?.native.map(({ name, recomputed }) => [name, recomputed])).toEqual([
      ["totalCollateralBase", 6_000n * ONE],
      ["totalDebtBase", 1_500n * ONE],
      ["availableBorrowsBase", 0n],
      ["currentLiquidationThreshold", (ONE * 93n) / 100n],
      ["ltv", 0n],
      ["healthFactor", (ONE * 372n) / 100n],
    ])
  })

  it("has no health factor without debt", () => {
    const [bob] = readScripted(
      {
        ...configured(BOB, using([0, "collateral"])),
        ...holding(BOB, WETH, "aToken", ONE),
        [`getUserAccountData(${BOB})`]: returns([0n, 0n, 0n, 0n, 0n, 2n ** 256n - 1n]),
      },
      [BOB],
    ).addresses
    expect(bob?.native.map(({ name }) => name)).not.toContain("healthFactor")
  })

  it("leaves out holders with nothing", () => {
    expect(readScripted(ALICE_BORROWS, [BOB, ALICE]).addresses.map(({ address }) => address)).toEqual([
      addressOn(CHAIN, ALICE),
    ])
  })
})

describe("an Aave v3 market that cannot be read", () => {
  const everybody = (script: Script) =>
    readScripted(script, [ALICE, BOB]).addresses.map(({ address, faults, legs }) => [address, faults[0], legs.length])
  const failClosed = (code: string) =>
    [ALICE, BOB].map(holder => [addressOn(CHAIN, holder), expect.objectContaining({ code, unknown: "liability" }), 0])

  it.each([
    ["has no pool", { POOL_REVISION: EMPTY }, "NOT_DEPLOYED"],
    ["lists no reserves", { getReservesList: REVERTED }, "CALL_REVERTED"],
    ["answers something else", { getReservesList: GARBAGE }, "DECODE"],
    ["is of a later revision", { POOL_REVISION: returns(4n) }, "UNSUPPORTED_POSITION"],
    ["is not the data provider's", { [`ADDRESSES_PROVIDER@${POOL}`]: returns(at(9)) }, "UNSUPPORTED_POSITION"],
  ])("fails closed for every holder when it %s", (_, script: Script, code) => {
    expect(everybody({ ...ALICE_BORROWS, ...script })).toEqual(failClosed(code))
  })

  it("fails closed for the one holder whose configuration is garbage", () => {
    const { addresses } = readScripted({ ...ALICE_BORROWS, [`getUserConfiguration(${BOB})`]: GARBAGE }, [ALICE, BOB])
    expect(
      addresses.map(({ legs, faults }) => [legs.length, faults.map(({ code, unknown }) => [code, unknown])]),
    ).toEqual([
      [2, []],
      [0, [["DECODE", "liability"]]],
    ])
  })
})

describe("a part of an Aave v3 market that cannot be read", () => {
  const faultsOf = (script: Script, holder = ALICE, facts = FACTS) => {
    const { addresses } = readScripted({ ...ALICE_BORROWS, ...script }, [ALICE, BOB], facts)
    const reading = addresses.find(({ address }) => address === addressOn(CHAIN, holder))
    return (reading?.faults ?? []).map(({ code, unknown }) => [code, unknown])
  }

  it.each([
    ["a debt token", { [`scaledBalanceOf(${ALICE})@${tokenOf(USDC, "variable")}`]: REVERTED }, "CALL_REVERTED"],
    ["a stable debt token", { [`balanceOf(${ALICE})@${tokenOf(USDC, "stable")}`]: EMPTY }, "NOT_DEPLOYED"],
    ["a debt index", { [`getReserveNormalizedVariableDebt(${USDC})`]: GARBAGE }, "DECODE"],
  ])("leaves the borrower's liability unknown: %s", (_, script: Script, code) => {
    expect(faultsOf(script)).toEqual([[code, "liability"]])
  })

  it("leaves only an asset unknown when an aToken fails", () => {
    const script: Script = { [`scaledBalanceOf(${ALICE})@${tokenOf(WETH, "aToken")}`]: REVERTED }
    expect(faultsOf(script)).toEqual([["CALL_REVERTED", "asset"]])
    const [alice] = readScripted({ ...ALICE_BORROWS, ...script }).addresses
    expect(alice?.legs).toMatchObject([{ kind: "debt", amount: 1_500n * ONE }])
    expect(alice?.native).toEqual([])
  })

  it("fails closed for those who borrow a reserve that does not answer, and counts nothing for the others", () => {
    const script: Script = { [`getReserveData(${USDC})`]: REVERTED }
    expect(faultsOf(script)).toEqual([
      ["CALL_REVERTED", "asset"],
      ["CALL_REVERTED", "liability"],
    ])
    expect(faultsOf(script, BOB)).toEqual([["CALL_REVERTED", "asset"]])
  })

  it("fails closed for a debt in a reserve that the market does not list", () => {
    const script = configured(ALICE, using([0, "collateral"], [1, "borrowed"], [9, "borrowed"]))
    expect(faultsOf(script)).toEqual([["UNSUPPORTED_POSITION", "liability"]])
    expect(faultsOf(configured(ALICE, using([0, "collateral"], [1, "borrowed"], [9, "collateral"])))).toEqual([
      ["UNSUPPORTED_POSITION", "asset"],
    ])
  })

  it("fails closed for a debt in an asset that the chain does not list, or lists with other decimals", () => {
    const listed = (decimals: number) =>
      FACTS.assets.map(asset => (asset.address === USDC ? { ...asset, decimals } : asset))
    const without = FACTS.assets.filter(({ address }) => address !== USDC)
    expect(faultsOf({}, ALICE, { ...FACTS, assets: without })).toEqual([["UNSUPPORTED_POSITION", "liability"]])
    expect(faultsOf({}, ALICE, { ...FACTS, assets: listed(18) })).toEqual([["UNSUPPORTED_POSITION", "liability"]])
    expect(faultsOf({}, ALICE, { ...FACTS, assets: listed(6) })).toEqual([])
  })

  it.each([
    ["the oracle is gone", { getPriceOracle: EMPTY }, "NOT_DEPLOYED"],
    ["a price reverts", { [`getAssetPrice(${WETH})@${ORACLE}`]: REVERTED }, "CALL_REVERTED"],
    ["the totals revert", { [`getUserAccountData(${ALICE})`]: REVERTED }, "CALL_REVERTED"],
    ["the e-mode is no number", { getUserEMode: GARBAGE }, "DECODE"],
    ["the e-mode category is unknown", { getUserEMode: returns(3n), getEModeCategoryData: REVERTED }, "CALL_REVERTED"],
    ["the base currency has no unit", { BASE_CURRENCY_UNIT: returns(0n) }, "DECODE"],
    ["the base currency is not the dollar", { BASE_CURRENCY: returns(WETH) }, "UNSUPPORTED_POSITION"],
  ])("keeps the legs and says so when the comparison is impossible: %s", (_, script: Script, code) => {
    const { addresses, faults } = readScripted({ ...ALICE_BORROWS, ...script })
    expect(addresses[0]).toMatchObject({ legs: [{ kind: "collateral" }, { kind: "debt" }], faults: [], native: [] })
    expect(faults).toMatchObject([{ code, venue: "aave-v3" }])
  })
})

describe("the settings of an Aave v3 market", () => {
  it.each([
    ["a wrong checksum", { pool: "0xaB5801a7D398351b8bE11C439e05C5B3259aeC9B", dataProvider: at(1) }],
    ["no data provider", { pool: at(1) }],
    ["a field that is none", { pool: at(1), dataProvider: at(1), reserves: [] }],
  ])("are refused with %s", (_, settings) => {
    expect(aaveV3.settings.safeParse(settings).success).toBe(false)
  })
})
