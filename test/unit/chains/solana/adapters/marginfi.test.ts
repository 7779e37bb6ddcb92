/**
 * The marginfi adapter on hand-made accounts: what counts, with which interest, and what fails closed.
 */
import { describe, expect, it } from "vitest"
import { addressOn } from "../../../../../aggregator/domain/caip.js"
import { ONE, quantityFromRaw } from "../../../../../aggregator/domain/fixed.js"
import type { SolanaAccount, SolanaAsset, SolanaRead, SolanaReadResult } from "../../../../../chains/solana/adapter.js"
import { marginfi } from "../../../../../chains/solana/adapters/marginfi.js"
import { CLOCK_KEY } from "../../../../../chains/solana/clock.js"
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../../../../chains/solana/token-layout.js"
import { CHAIN, drive, newKey, nodeWith, REFUSED } from "../../../../support/drive-solana-adapter.js"
import {
  type AccountFields,
  type BalanceFields,
  type BankFields,
  encodeAccount,
  encodeBank,
  encodeGroup,
  fixed,
  MARGINFI_GROUP,
  MARGINFI_PROGRAM,
} from "../../../../support/marginfi-accounts.js"

const NOW = 1_800_000_000n
const WRAPPED_SOL = "So11111111111111111111111111111111111111112"
const [holder, stranger, own] = [newKey(), newKey(), newKey()]
const [usdc, fee] = [newKey(), newKey()]
const [usdcBank, solBank, feeBank, strayBank] = [newKey(), newKey(), newKey(), newKey()]
const assets: SolanaAsset[] = [
  { mint: "native", symbol: "SOL", decimals: 9 },
  { mint: usdc, symbol: "USDC", decimals: 6 },
  { mint: fee, symbol: "FEE", decimals: 6 },
]

const account = (key: string, owner: string, data: Uint8Array): SolanaAccount => ({ key, owner, lamports: 1n, data })
const ours = (key: string, data: Uint8Array) => account(key, MARGINFI_PROGRAM, data)
const bank = (key: string, fields: Partial<BankFields> = {}) =>
  ours(key, encodeBank({ mint: usdc, decimals: 6, lastUpdate: NOW, ...fields }))

const clock = new DataView(new ArrayBuffer(40))
clock.setBigInt64(32, NOW, true)
const mint = new Uint8Array(82).with(44, 6).with(45, 1)

/** A Token-2022 mint that takes 1 % of a transfer, at most 500 units. */
function feeMint(): Uint8Array {
  const data = new Uint8Array(166 + 4 + 108)
  data.set(mint)
  const view = new DataView(data.buffer)
  data[165] = 1
  view.setUint16(166, 1, true)
  view.setUint16(168, 108, true)
  for (const at of [170 + 72, 170 + 90]) {
    view.setBigUint64(at + 8, 500n, true)
    view.setUint16(at + 16, 100, true)
  }
  return data
}

const WORLD: readonly SolanaAccount[] = [
  account(CLOCK_KEY, "Sysvar1111111111111111111111111111111111111", new Uint8Array(clock.buffer)),
  account(usdc, TOKEN_PROGRAM, mint),
  account(fee, TOKEN_2022_PROGRAM, feeMint()),
  ours(MARGINFI_GROUP, encodeGroup()),
  bank(usdcBank),
  bank(solBank, { mint: WRAPPED_SOL, decimals: 9 }),
  bank(feeBank, { mint: fee }),
  bank(strayBank, { mint: newKey() }),
]

/** The world with some of its accounts replaced, others added. */
const world = (...changes: readonly SolanaAccount[]) => [
  ...changes,
  ...WORLD.filter(({ key }) => changes.every(change => change.key !== key)),
]
const accountWith = (balances: readonly (BalanceFields | null)[], fields: Partial<AccountFields> = {}) =>
  ours(own, encodeAccount({ authority: holder, balances, ...fields }))

const adapter = marginfi.create(marginfi.settings.parse({}), { chain: CHAIN, assets })
const readingOf = (answer: (read: SolanaRead) => SolanaReadResult | undefined) => drive(adapter, [holder], answer)

function found(accounts: readonly SolanaAccount[]) {
  const reading = readingOf(nodeWith(accounts))
  expect(reading).toMatchObject({ prices: [], quotes: [], faults: [] })
  const [entry] = reading.addresses
  const legs = entry?.legs.map(leg => "symbol" in leg && [leg.kind, leg.symbol, leg.amount])
  return { legs, faults: entry?.faults.map(({ unknown, code }) => [unknown, code]) }
}

const usdcOf = (raw: bigint) => quantityFromRaw(raw, 6, "down")
const LIABILITY_UNKNOWN = (code: string) => ({ legs: [], faults: [["liability", code]] })

describe("balances", () => {
  it("are collateral and debt by the share values of their banks, down and up, in the bank's token", () => {
    const accounts = world(
      bank(usdcBank, { assetShareValue: fixed(15n, 10n), liabilityShareValue: fixed(125n, 100n) }),
      accountWith([{ bank: usdcBank, assets: fixed(1_000_001n) }, null, { bank: solBank, liabilities: fixed(7n, 2n) }]),
    )
    const [entry] = readingOf(nodeWith(accounts)).addresses
    expect(entry).toEqual({
      address: addressOn(CHAIN, holder),
      legs: [
        {
          kind: "collateral",
          chain: CHAIN,
          venue: "marginfi",
          asset: `${CHAIN}/token:${usdc}`,
          symbol: "USDC",
          // 1,500,001.5 raw units.
          amount: usdcOf(1_500_001n),
        },
        {
          kind: "debt",
          chain: CHAIN,
          venue: "marginfi",
          asset: `${CHAIN}/slip44:501`,
          symbol: "SOL",
          // 3.5 lamports.
          amount: 4_000_000_000n,
        },
      ],
      faults: [],
      native: [],
    })
  })

  it("of all accounts of a holder count, of nobody else's", () => {
    const second = ours(
      newKey(),
      encodeAccount({ authority: holder, balances: [{ bank: usdcBank, assets: fixed(2n) }] }),
    )
    const theirs = ours(
      newKey(),
      encodeAccount({ authority: stranger, balances: [{ bank: usdcBank, assets: fixed(9n) }] }),
    )
    const elsewhere = ours(newKey(), encodeAccount({ authority: holder, group: newKey() }))
    const accounts = world(accountWith([{ bank: usdcBank, assets: fixed(1n) }]), second, theirs, elsewhere)
    expect(found(accounts)).toEqual({
      legs: [
        ["collateral", "USDC", usdcOf(1n)],
        ["collateral", "USDC", usdcOf(2n)],
      ],
      faults: [],
    })
  })

  it("below one share or not in use are none, even where their bank is unknown", () => {
    const dust = { bank: strayBank, assets: fixed(99n, 100n), liabilities: fixed(99n, 100n) }
    const unused = { bank: strayBank, assets: fixed(5n), active: 0 }
    expect(found(world(accountWith([dust, unused])))).toEqual({ legs: undefined, faults: undefined })
  })

  it("are worth what arrives and cost what has to be sent where the token takes a fee", () => {
    const both = [
      { bank: feeBank, assets: fixed(10_000n) },
      { bank: feeBank, liabilities: fixed(9_900n) },
    ]
    expect(found(world(accountWith(both))).legs).toEqual([
      ["collateral", "FEE", usdcOf(9_900n)],
      ["debt", "FEE", usdcOf(10_000n)],
    ])
  })

  it("nobody has are nothing", () => {
    expect(readingOf(nodeWith(WORLD)).addresses).toEqual([])
    expect(readingOf(nodeWith(world(accountWith([])))).addresses).toEqual([])
  })
})

describe("interest since the bank's last update", () => {
  const YEAR = 31_536_000n
  /** Half of what was lent is borrowed, at twice the share values. */
  const lent: Partial<BankFields> = {
    lastUpdate: NOW - YEAR,
    assetShareValue: fixed(2n),
    liabilityShareValue: fixed(4n),
    totalAssetShares: fixed(1_000_000n),
    totalLiabilityShares: fixed(250_000n),
    kink: [fixed(3n, 4n), fixed(3n, 8n), fixed(3n)],
  }
  const balances = [
    { bank: usdcBank, assets: fixed(1_000n) },
    { bank: usdcBank, liabilities: fixed(1_000n) },
  ]
  const amountsAfter = (fields: Partial<BankFields>, ...changes: readonly SolanaAccount[]) => {
    const { legs = [] } = found(world(bank(usdcBank, { ...lent, ...fields }), accountWith(balances), ...changes))
    return legs.map(leg => (leg ? leg[2] : undefined))
  }

  it("is the base rate for borrowers and that times utilisation for lenders", () => {
    // Utilisation 1/2 of the optimum 3/4: two thirds of 3/8, less what thirds lose in binary.
    expect(amountsAfter({})).toEqual([usdcOf(2_249n), usdcOf(5_000n)])
    expect(amountsAfter({ kink: [fixed(1n, 2n), fixed(1n, 4n), fixed(3n)] })).toEqual([usdcOf(2_250n), usdcOf(5_000n)])
    // Halfway between the optimum 1/4 and 1 it would be 1 + a third of 3.
    expect(amountsAfter({ kink: [fixed(1n, 4n), fixed(1n), fixed(4n)] })).toEqual([usdcOf(3_999n), usdcOf(12_000n)])
  })

  it("follows the newer curve through its points", () => {
    const half = u32(0.5)
    const points = { zero: 0, full: u32(0.4), between: [[half, u32(0.1)]] } as const
    // 100 % a year at half utilisation, and a little more, because the parts of a u32 were rounded up.
    expect(amountsAfter({ points })).toEqual([usdcOf(3_000n), usdcOf(8_001n)])
    expect(amountsAfter({ points: { ...points, between: [] } })).toEqual([usdcOf(3_999n), usdcOf(12_000n)])
  })

  it("has the fees of insurance, group and program on top for borrowers only", () => {
    const fees = [fixed(1n, 16n), fixed(1n, 4n), fixed(1n, 16n), fixed(1n, 4n)] as const
    const kink = [fixed(1n, 2n), fixed(1n, 4n), fixed(3n)] as const
    // 1/4 × 3/2 + 1/8 = 1/2.
    expect(amountsAfter({ kink, fees })).toEqual([usdcOf(2_250n), usdcOf(6_000n)])
    const programFees = { programFeeFixed: fixed(1n, 8n), programFeeRate: fixed(1n, 2n) }
    // 1/4 × 2 + 1/4 = 3/4.
    expect(amountsAfter({ kink, fees }, ours(MARGINFI_GROUP, encodeGroup({ flags: 1n, ...programFees })))).toEqual([
      usdcOf(2_250n),
      usdcOf(7_000n),
    ])
    expect(amountsAfter({ kink, fees }, ours(MARGINFI_GROUP, encodeGroup({ flags: 2n, ...programFees })))).toEqual([
      usdcOf(2_250n),
      usdcOf(6_000n),
    ])
  })

  it("is none where nothing is lent or borrowed", () => {
    expect(amountsAfter({ totalLiabilityShares: fixed(0n) })).toEqual([usdcOf(2_000n), usdcOf(4_000n)])
    expect(amountsAfter({ totalAssetShares: fixed(0n) })).toEqual([usdcOf(2_000n), usdcOf(4_000n)])
  })

  it.each([
    ["an unknown curve", { curveType: 2 }],
    ["a curve that falls", { kink: [fixed(1n, 4n), fixed(3n), fixed(1n)] as const }],
    ["an update in the future", { lastUpdate: NOW + 1n }],
    ["fees that pay the borrower", { fees: [fixed(-9n), fixed(0n), fixed(0n), fixed(0n)] as const }],
    ["a negative share value", { liabilityShareValue: fixed(-1n) }],
    ["negative totals", { totalLiabilityShares: fixed(-1n) }],
  ])("%s makes assets and debts of the bank unknown", (_, fields) => {
    const accounts = world(bank(usdcBank, { ...lent, ...fields }), accountWith(balances))
    expect(found(accounts)).toEqual({
      legs: [],
      faults: [
        ["asset", "DECODE"],
        ["liability", "DECODE"],
      ],
    })
  })
})

describe("the premium of a borrower", () => {
  const premium = {
    bank: usdcBank,
    liabilities: fixed(1_000n),
    premiumOwed: fixed(21n, 2n),
    lastUpdate: NOW - 31_536_000n,
  }
  const debt = (flags: bigint, balance: Partial<BalanceFields> = {}) =>
    found(world(bank(usdcBank, { flags }), accountWith([{ ...premium, ...balance }]))).legs

  it("is owed where the bank charges it, with what came due since", () => {
    expect(debt(0n)).toEqual([["debt", "USDC", usdcOf(1_000n)]])
    expect(debt(1n << 13n)).toEqual([["debt", "USDC", usdcOf(1_011n)]])
    // 10 % of 1,000 in a year, cut off below the unit before it is rounded up.
    expect(debt(1n << 13n, { premiumRate: u32(0.01) })).toEqual([["debt", "USDC", usdcOf(1_111n)]])
    expect(debt(1n << 13n, { premiumRate: u32(0.01), lastUpdate: 0n })).toEqual([["debt", "USDC", usdcOf(1_011n)]])
  })
})

describe("the program's own values", () => {
  const health = { assetValue: fixed(175n), liabilityValue: fixed(12n), time: NOW, flags: 3, prices: [1, 150, 1] }
  const balances = [
    { bank: usdcBank, assets: fixed(100_000_000n) },
    { bank: solBank, assets: fixed(1_000_000_000n) },
    { bank: usdcBank, liabilities: fixed(10_000_000n) },
  ]
  const usdcFields = { assetWeight: fixed(1n), liabilityWeight: fixed(6n, 5n) }
  const solFields = { mint: WRAPPED_SOL, decimals: 9, assetWeight: fixed(1n, 2n) }
  const figuresOf = (
    account: Partial<AccountFields>,
    usdcs: Partial<BankFields> = {},
    sols: Partial<BankFields> = {},
  ) => {
    const banks = [bank(usdcBank, { ...usdcFields, ...usdcs }), bank(solBank, { ...solFields, ...sols })]
    const accounts = world(...banks, accountWith(balances, { health, ...account }))
    return readingOf(nodeWith(accounts)).addresses.flatMap(({ native }) => native)
  }

  it("stand beside those recomputed from balances, the program's prices and the banks' weights", () => {
    const [assetValue, liabilityValue] = figuresOf({})
    expect(assetValue).toEqual({
      venue: "marginfi",
      name: `assetValue of ${own}`,
      native: 175n * ONE,
      recomputed: 175n * ONE,
    })
    expect(liabilityValue).toMatchObject({ name: `liabilityValue of ${own}`, native: 12n * ONE })
    expect(Number((liabilityValue?.recomputed ?? 0n) - 12n * ONE) / 1e18).toBeCloseTo(0, 10)
    expect(figuresOf({ health: { ...health, prices: [1, 151, 1] } })[0]).toMatchObject({
      recomputed: (351n * ONE) / 2n,
    })
  })

  it.each<[string, Partial<AccountFields>, Partial<BankFields>?, Partial<BankFields>?]>([
    ["the account was never checked", { health: { ...health, flags: 0 } }],
    ["it changed since", { lastUpdate: NOW + 1n }],
    ["a price is none", { health: { ...health, prices: [1, Number.NaN, 1] } }],
    ["a price is beyond all numbers", { health: { ...health, prices: [1, 1e308, 1] } }],
    ["a bank changed since", { health: { ...health, time: NOW - 1n } }],
    ["a bank only reduces positions", {}, {}, { state: 2 }],
    ["a bank counts less from a limit on", {}, {}, { valueLimit: 1n }],
    ["a borrower's e-mode may apply", {}, { eModeFlags: 1n }],
    ["a premium is owed", {}, { flags: 1n << 13n }],
    ["a bank is not there", { balances: [...balances, { bank: newKey(), assets: fixed(1n) }] }],
  ])("are left out when %s", (_, account, usdcs, sols) => {
    expect(figuresOf(account, usdcs, sols)).toEqual([])
  })
})

describe("what secures nothing", () => {
  const held = [
    { bank: usdcBank, assets: fixed(5n) },
    { bank: solBank, liabilities: fixed(2n) },
  ]
  const onlyDebt = { legs: [["debt", "SOL", 2_000_000_000n]], faults: [["asset", "UNSUPPORTED_POSITION"]] }

  it.each([1n, 64n])("is what a locked account (%i) holds; its debts stay", flags => {
    expect(found(world(accountWith(held, { flags })))).toEqual(onlyDebt)
  })

  it.each([0, 3, 4, 6])("is what a bank in state %i holds", state => {
    expect(found(world(bank(usdcBank, { state }), accountWith(held)))).toEqual(onlyDebt)
  })

  it.each([1, 2, 5])("is not what a bank in state %i pays out", state => {
    expect(found(world(bank(usdcBank, { state }), accountWith(held))).faults).toEqual([])
  })
})

describe("fails closed", () => {
  const owes = (key: string) => accountWith([{ bank: key, liabilities: fixed(5n) }])
  const holds = (key: string) => accountWith([{ bank: key, assets: fixed(5n) }])

  it.each([
    ["a token that the chain does not list", strayBank, WORLD, "UNSUPPORTED_POSITION"],
    ["a bank that does not exist", newKey(), WORLD, "NOT_DEPLOYED"],
    ["a bank of another program", usdcBank, world({ ...bank(usdcBank), owner: TOKEN_PROGRAM }), "DECODE"],
    ["a bank of another group", usdcBank, world(bank(usdcBank, { group: newKey() })), "DECODE"],
    ["other decimals than the chain lists", usdcBank, world(bank(usdcBank, { decimals: 9 })), "UNSUPPORTED_POSITION"],
    ["shares of another venue", usdcBank, world(bank(usdcBank, { assetTag: 3 })), "UNSUPPORTED_POSITION"],
    ["a mint that does not exist", usdcBank, WORLD.filter(({ key }) => key !== usdc), "NOT_DEPLOYED"],
  ])("on %s: a debt is an unknown liability, a deposit an unknown asset", (_, key, accounts, code) => {
    expect(found([...accounts, owes(key)])).toEqual(LIABILITY_UNKNOWN(code))
    expect(found([...accounts, holds(key)])).toEqual({ legs: [], faults: [["asset", code]] })
  })

  it("without its group, also for who has nothing there", () => {
    const groupless = WORLD.filter(({ key }) => key !== MARGINFI_GROUP)
    expect(found(groupless)).toEqual(LIABILITY_UNKNOWN("NOT_DEPLOYED"))
    expect(found([...groupless, holds(usdcBank)])).toEqual(LIABILITY_UNKNOWN("NOT_DEPLOYED"))
  })

  it("when the search is refused, and when one account is", () => {
    const node = nodeWith(world(holds(usdcBank)))
    const refusing = (kind: SolanaRead["kind"], holding: string) => (read: SolanaRead) =>
      read.kind === kind && (read.kind !== "accounts" || read.keys.includes(holding)) ? REFUSED : node(read)
    for (const answer of [refusing("programAccounts", ""), refusing("accounts", own)]) {
      expect(readingOf(answer).addresses).toMatchObject([{ legs: [], faults: [{ unknown: "liability" }] }])
    }
  })

  it("on an account that the search should not have found", () => {
    const theirs = ours(own, encodeAccount({ authority: stranger }))
    const node = nodeWith(world(theirs))
    const lying = (read: SolanaRead): SolanaReadResult =>
      read.kind === "programAccounts" ? { status: "ok", accounts: [theirs] } : node(read)
    expect(readingOf(lying).addresses).toMatchObject([{ legs: [], faults: [{ unknown: "liability", code: "DECODE" }] }])
  })

  it("when an account changes between search and read", () => {
    const before = holds(usdcBank)
    const during = (after: readonly SolanaAccount[]) => (read: SolanaRead) =>
      nodeWith(read.kind === "programAccounts" ? world(before) : after)(read)
    const borrowed = accountWith([
      { bank: usdcBank, assets: fixed(5n) },
      { bank: solBank, liabilities: fixed(1n) },
    ])
    const read = (after: readonly SolanaAccount[]) => readingOf(during(after)).addresses[0]?.faults
    expect(read(world(borrowed))).toMatchObject([{ unknown: "liability", code: "PIN_SKEW" }])
    expect(read(WORLD)).toMatchObject([{ unknown: "liability", code: "NOT_DEPLOYED" }])
  })
})

it("reads each account with its banks, group and clock in one state", () => {
  const node = nodeWith(
    world(
      accountWith([
        { bank: usdcBank, assets: fixed(1n) },
        { bank: solBank, assets: fixed(1n) },
      ]),
    ),
  )
  const rounds: SolanaRead[][] = []
  const steps = adapter.read([holder])
  for (let step = steps.next([]); !step.done; ) {
    rounds.push([...step.value])
    step = steps.next(step.value.map(node))
  }
  expect(rounds).toHaveLength(2)
  expect(rounds[1]).toEqual([{ kind: "accounts", keys: [CLOCK_KEY, MARGINFI_GROUP, own, usdcBank, solBank] }])
})

/** A part of a u32: of 1 for utilisation, of 1000 % for a rate. */
function u32(part: number): number {
  return Math.round(part * (2 ** 32 - 1))
}
