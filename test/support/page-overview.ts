/**
 * Overviews to show on the page: five accounts over three chains, every total the sum of what is listed.
 * Parsed by the service's own schema, so that no test can pass on a shape the service does not speak.
 */

import { formatDecimal, parseDecimal } from "../../aggregator/domain/decimal.js"
import { divide, ONE } from "../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES } from "../../aggregator/domain/health.js"
import type { Margin } from "../../aggregator/routes/margin-schemas.js"
import { type Overview, overviewSchema } from "../../aggregator/routes/overview-schemas.js"
import { EVIDENCE } from "./page-evidence.js"

type Components = Margin["components"]
type Figures = NonNullable<Margin["figures"]>
type ChainState = Overview["chains"][number]

const START = 1_790_000_000
const ETHEREUM = "eip155:1337"
const BSC = "eip155:1397"
const SOLANA = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"

const hash = (digit: string): string => `0x${digit.repeat(64)}`
const ROOT = "0x9a3f5e0c77d1b2486ad04c1e5b8f93276cd41f0ab6e7520938d1c4fa62b7e05d"

export const CHAINS: readonly ChainState[] = [
  chainState(ETHEREUM, "Ethereum", { height: "21480117", age: 2, finality: "finalized" }),
  chainState(BSC, "BNB Smart Chain", { height: "44210993", age: 0, finality: "safe" }),
  chainState(SOLANA, "Solana", { height: "309114872", age: 1, finality: "confirmed" }),
]

/** Solana as it looks when its RPC hangs. */
export const SOLANA_DOWN: ChainState = {
  chain: SOLANA,
  name: "Solana",
  status: "unavailable",
  height: null,
  blockHash: null,
  time: null,
  age: null,
  finality: null,
  inputGrade: null,
  reason: "RPC_TIMEOUT: no answer within 2000 ms",
}

const holder = (digit: string): string[] => [
  `${ETHEREUM}:0x${digit.repeat(20)}`,
  `${BSC}:0x${digit.repeat(20)}`,
  `${SOLANA}:7v91N7iZ9mNicL8WfG6cgSCKyRXydQjLh6UYBWwm6y1Q`,
]

const hedgedBook = account("hedged-book", holder("a1"), {
  collateral: [
    collateral(ETHEREUM, "aave-v3", "ETH", ["12.5", "3012.441875", "37655.5234375"], {
      asset: "3765.55234375",
      venue: "376.555234375",
    }),
    collateral(SOLANA, "spl", "SOL", ["140.25", "148.2155", "20787.223875"], {
      asset: "3118.08358125",
      finality: "41.57444775",
    }),
  ],
  debts: [debt(ETHEREUM, "aave-v3", "USDC", ["9000.5", "1", "9000.5"], "90.005")],
  positions: [
    position(BSC, "ETH-25DEC26-3200-C", ["-80", "262.118", "-20969.44"], "38489.8", "79366.48"),
    position(BSC, "ETH-25DEC26-3600-C", ["80", "141.037", "11282.96"], "-24963.52", "11288.16"),
    position(BSC, "ETH-25DEC26-2600-P", ["6", "97.3021", "583.8126"], "-204.118333333333333334", "583.8126"),
  ],
  units: [unit("ETH", "13322.161666666666666666", 11, "2409.9535")],
})

const plainHolder = account("plain-holder", holder("b2").slice(0, 1), {
  collateral: [collateral(ETHEREUM, "wallet", "USDC", ["25000", "1", "25000"], { asset: "250" })],
  debts: [],
  positions: [],
  units: [],
})

const borrower = account("cross-chain-borrower", holder("c3"), {
  collateral: [collateral(SOLANA, "spl", "SOL", ["310", "148.2155", "45946.805"], { asset: "6892.02075" })],
  debts: [debt(ETHEREUM, "aave-v3", "ETH", ["9.81", "3012.441875", "29552.05479375"], "2364.1643835")],
  positions: [position(BSC, "SOL-25DEC26-120-P", ["-150", "6.4", "-960"], "5233.75", "5233.75")],
  units: [unit("SOL", "5233.75", 12, "333.484875")],
})

const unknownDebtor: Margin = {
  ...account("unknown-debtor", holder("d4"), {
    collateral: [collateral(ETHEREUM, "wallet", "ETH", ["2", "3012.441875", "6024.88375"], { asset: "602.488375" })],
    debts: [],
    positions: [],
    units: [],
  }),
  status: "UNAVAILABLE",
  figures: null,
  reasons: [{ code: "CHAIN_UNAVAILABLE", chain: SOLANA, detail: "debts or positions there cannot be read" }],
  chains: [...CHAINS.slice(0, 2), SOLANA_DOWN],
}

/** The seller's book as the market moves up: 0 is comfortable, 1 liquidatable. */
export function shortSeller(stress: 0 | 1): Margin {
  const [mark, value, alone] = stress === 0 ? ["262.118", "-1310.59", "4960.405"] : ["391.4402", "-1957.201", "5904.11"]
  return account("short-seller", holder("e5").slice(0, 2), {
    collateral: [collateral(BSC, "wallet", "USDC", ["7800", "1", "7800"], { asset: "78", finality: "15.6" })],
    debts: [],
    positions: [position(BSC, "ETH-25DEC26-3200-C", ["-5", mark, value], alone, alone)],
    units: [unit("ETH", alone, 11, "150.62209375")],
  })
}

/** What the page is sent: the seller under no stress and every chain read, unless told otherwise. */
export function overview({
  tick = 0,
  seller = shortSeller(0),
  chains = CHAINS,
}: {
  tick?: number
  seller?: Margin
  chains?: readonly ChainState[]
} = {}): Overview {
  const accounts = [hedgedBook, seller, plainHolder, borrower, unknownDebtor]
  const countOf = (status: Margin["status"]) => accounts.filter(each => each.status === status).length
  return overviewSchema.parse({
    valuationTime: START + tick,
    accounts,
    accountCount: accounts.length,
    statusCounts: Object.fromEntries(ACCOUNT_STATUSES.map(each => [each, countOf(each)])) as Overview["statusCounts"],
    prices: [
      { symbol: "BTC", price: "61250.25", reason: null },
      { symbol: "ETH", price: "3012.441875", reason: null },
      { symbol: "SOL", price: "148.2155", reason: null },
      { symbol: "USDC", price: "1", reason: null },
      { symbol: "WIF", price: null, reason: "PRICE_WIDE: confidence 4 % of the price" },
    ],
    chains: [...chains],
    attestation: {
      epoch: "118",
      root: ROOT,
      timestamp: START,
      validity: 60,
      inputGrade: "single",
      ...EVIDENCE,
      leafCount: 11,
      publication: { chain: ETHEREUM, transaction: hash("5"), sequence: "118" },
      deliveries: [
        delivery(ETHEREUM, "Ethereum", { status: "DELIVERED", transaction: hash("e"), gasUsed: "351204" }),
        delivery(BSC, "BNB Smart Chain", { status: "FAILED", reason: "RELAY_REVERTED: insufficient funds for gas" }),
        delivery(SOLANA, "Solana", { status: "PENDING", reason: "no receiver program is deployed there" }),
      ],
    },
  } satisfies Overview)
}

function chainState(
  chain: string,
  name: string,
  { height, age, finality }: { height: string; age: number; finality: string },
): ChainState {
  return {
    chain,
    name,
    status: "ok",
    height,
    blockHash: hash("b"),
    time: START - age,
    age,
    finality,
    inputGrade: "single",
    reason: null,
  }
}

function collateral(
  chain: string,
  venue: string,
  symbol: string,
  [amount, price, marketValue]: [string, string, string],
  haircuts: Readonly<Record<string, string>>,
): Components["collateral"][number] {
  const steps = Object.entries(haircuts).map(([name, cut]) => ({ name, amount: cut }))
  const collateralValue = less(
    marketValue,
    steps.map(step => step.amount),
  )
  return {
    chain,
    venue,
    asset: `${chain}/slip44:60`,
    symbol,
    amount,
    price,
    marketValue,
    haircuts: steps,
    collateralValue,
  }
}

function debt(
  chain: string,
  venue: string,
  symbol: string,
  [amount, price, marketValue]: [string, string, string],
  surcharge: string,
): Components["debts"][number] {
  return {
    chain,
    venue,
    asset: `${chain}/slip44:60`,
    symbol,
    amount,
    price,
    marketValue,
    haircuts: [{ name: "liability", amount: surcharge }],
    liabilityValue: total([marketValue, surcharge]),
  }
}

function position(
  chain: string,
  instrument: string,
  [quantity, mark, markToMarket]: [string, string, string],
  worstScenarioLoss: string,
  standaloneMargin: string,
): Components["positions"][number] {
  return {
    chain,
    venue: "lyra-avalon",
    instrument,
    quantity,
    state: "active",
    mark,
    markToMarket,
    worstScenarioLoss,
    standaloneMargin,
  }
}

function unit(underlying: string, scanningRisk: string, worstScenario: number, shortOptionMinimum: string) {
  const none = { collateralLoss: "0", otherLoss: "0", basisLoss: "0", lotRemainder: "0", parts: [] }
  return { underlying, scanningRisk, worstScenario, shortOptionMinimum, ...none, requirement: scanningRisk }
}

function delivery(
  chain: string,
  name: string,
  given: Partial<NonNullable<Overview["attestation"]>["deliveries"][number]> & {
    status: "PENDING" | "DELIVERED" | "FAILED"
  },
) {
  return { chain, name, transaction: null, gasUsed: null, fee: null, reason: null, ...given }
}

function account(id: string, addresses: readonly string[], held: Omit<Components, "charges">): Margin {
  const components = { ...held, charges: [] }
  const figures = figuresOf(components)
  return {
    account: id,
    addresses: [...addresses],
    status: statusOf(figures),
    reasons: [],
    figures,
    components,
    chains: [...CHAINS],
    asOf: START - 2,
    policy: { name: "span16", version: 1, hash: hash("4") },
    epoch: "118",
  }
}

function figuresOf({ collateral, debts, positions, units }: Components): Figures {
  const markToMarket = total(positions.map(each => each.markToMarket))
  const equity = less(
    total([...collateral.map(each => each.collateralValue), markToMarket]),
    debts.map(each => each.liabilityValue),
  )
  const requirement = parseDecimal(total(units.map(each => each.requirement)))
  const times = (percent: bigint) => formatDecimal(divide(requirement * percent, 100n, "up"))
  const quotient = (a: bigint, b: bigint, rounding: "up" | "down") => formatDecimal(divide(a * ONE, b, rounding))
  const owned = parseDecimal(equity)
  return {
    rawEquity: less(
      total([...collateral.map(each => each.marketValue), markToMarket]),
      debts.map(each => each.marketValue),
    ),
    equity,
    initialMargin: times(125n),
    liquidationEndMargin: times(110n),
    maintenanceMargin: times(100n),
    health: less(equity, [times(100n)]),
    initialHealth: less(equity, [times(125n)]),
    healthFactor: requirement > 0n ? quotient(owned, requirement, "down") : null,
    marginRatio: owned > 0n ? quotient(requirement, owned, "up") : null,
    standaloneMargin: total(positions.map(each => each.standaloneMargin)),
  }
}

function statusOf({ rawEquity, health, initialHealth }: Figures): Margin["status"] {
  if (rawEquity.startsWith("-")) return "BANKRUPT"
  if (health.startsWith("-")) return "LIQUIDATABLE"
  return initialHealth.startsWith("-") ? "MARGIN_CALL" : "NORMAL"
}

function total(amounts: readonly string[]): string {
  return formatDecimal(amounts.reduce((sum, each) => sum + parseDecimal(each), 0n))
}

function less(from: string, amounts: readonly string[]): string {
  return formatDecimal(parseDecimal(from) - parseDecimal(total(amounts)))
}
