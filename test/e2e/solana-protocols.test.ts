/**
 * Pyth and marginfi read over the wire, in one pass with the wallets: accounts lie in the ledger as their programs
 * write them, some of them copied from mainnet.
 */
import { Keypair } from "@solana/web3.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { ONE } from "../../aggregator/domain/fixed.js"
import type { CollateralLeg, DebtLeg, Leg } from "../../aggregator/domain/leg.js"
import type { ChainReading } from "../../aggregator/domain/reading.js"
import { solanaChainConfig } from "../../chains/chain-config.js"
import type { SeededMint } from "../../chains/devnet/solana/seed.js"
import { type LocalSolana, startSolana } from "../../chains/devnet/solana/start.js"
import type { SolanaAccount, SolanaAsset } from "../../chains/solana/adapter.js"
import { createSolanaReader } from "../../chains/solana/reader.js"
import { TOKEN_PROGRAM } from "../../chains/solana/token-layout.js"
import { withAccountDumps } from "../support/account-dumps.js"
import { newKey } from "../support/drive-solana-adapter.js"
import {
  encodeAccount,
  encodeBank,
  encodeGroup,
  fixed,
  MARGINFI_GROUP,
  MARGINFI_PROGRAM,
} from "../support/marginfi-accounts.js"
import { encodePriceUpdate } from "../support/price-update.js"

const RECEIVER = "rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"
const SOL_ID = "0xef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d"
const WRAPPED_SOL = "So11111111111111111111111111111111111111112"
const YEAR = 31_536_000

let solana: LocalSolana
let usdc: SeededMint
beforeAll(async () => {
  solana = await startSolana()
  usdc = solana.seeder.createMint("USDC", 6)
})
afterAll(() => solana.stop())

const chain = () => chainId(solana.chain)
const put = ({ key, ...account }: SolanaAccount) => solana.ledger.setAccount(key, { ...account, executable: false })
const ours = (key: string, data: Uint8Array, owner = MARGINFI_PROGRAM): SolanaAccount => ({
  key,
  owner,
  lamports: 10n ** 9n,
  data,
})

async function read(holders: readonly string[], adapters: readonly object[], assets: readonly SolanaAsset[]) {
  solana.advance(2)
  const config = solanaChainConfig.parse({
    kind: "solana",
    chain: solana.chain,
    name: "Solana",
    wormholeChain: 1,
    rpc: [solana.url],
    timeoutMs: 120_000,
    commitment: "finalized",
    assets,
    adapters,
  })
  const addresses = holders.map(holder => addressOn(chain(), holder))
  return okay(await createSolanaReader(config).read(addresses, new AbortController().signal))
}

function okay(reading: ChainReading) {
  if (reading.status !== "ok") throw new Error(`${reading.code}: ${reading.detail}`)
  return reading
}

type Okay = Awaited<ReturnType<typeof read>>
const legsOf = ({ addresses }: Okay) =>
  addresses.map(({ legs }) => legs.flatMap(leg => ("symbol" in leg ? shown(leg) : [])))
const shown = ({ kind, venue, symbol, amount }: CollateralLeg | DebtLeg) => ({ kind, venue, symbol, amount })
const row = (kind: Leg["kind"], venue: string, symbol: string, amount: string) => ({
  kind,
  venue,
  symbol,
  amount: parseDecimal(amount),
})
const faultsOf = ({ addresses }: Okay) =>
  addresses.map(({ faults }) => faults.map(({ venue, unknown, code }) => [venue, unknown, code]))

describe("accounts of our own making", () => {
  it("are wallet, price, collateral and debt of one pass", async () => {
    const [alice, bob] = [Keypair.generate().publicKey, Keypair.generate().publicKey]
    const [feed, usdcBank, solBank] = [newKey(), newKey(), newKey()]
    solana.seeder.fund(alice, 2_000_000_000n)
    solana.seeder.mintTo(usdc, bob, 5_000_000n)
    const now = BigInt(solana.ledger.view("processed").block.time)
    const published = { verification: "full", feedId: SOL_ID, exponent: -8 } as const
    put(
      ours(
        feed,
        encodePriceUpdate({ ...published, price: 15_000_000_000n, confidence: 7n, publishTime: now }),
        RECEIVER,
      ),
    )
    put(ours(MARGINFI_GROUP, encodeGroup()))
    put(
      ours(
        usdcBank,
        encodeBank({ mint: usdc.mint.toBase58(), decimals: 6, assetShareValue: fixed(5n, 4n), lastUpdate: now }),
      ),
    )
    // Half lent out at 100 % a year, a year ago.
    const lent = { totalAssetShares: fixed(2_000_000n), totalLiabilityShares: fixed(1_000_000n) }
    const kink = [fixed(1n, 2n), fixed(1n), fixed(3n)] as const
    put(ours(solBank, encodeBank({ mint: WRAPPED_SOL, decimals: 9, ...lent, kink, lastUpdate: now - BigInt(YEAR) })))
    const balances = [
      { bank: usdcBank, assets: fixed(1_000_000_000n) },
      { bank: solBank, liabilities: fixed(3_000_000_000n) },
    ]
    put(ours(newKey(), encodeAccount({ authority: alice.toBase58(), balances })))

    const reading = await read(
      [alice.toBase58(), bob.toBase58()],
      [
        { adapter: "marginfi" },
        { adapter: "spl" },
        { adapter: "pyth", feeds: { SOL: { account: feed, feedId: SOL_ID } } },
      ],
      [
        { mint: "native", symbol: "SOL", decimals: 9 },
        { mint: usdc.mint.toBase58(), symbol: "USDC", decimals: 6 },
      ],
    )
    expect(reading.faults).toEqual([])
    expect(faultsOf(reading)).toEqual([[], []])
    expect(reading.prices).toEqual([
      {
        symbol: "SOL",
        source: `pyth@${chain()}`,
        price: 150n * ONE,
        confidence: 7n * 10n ** 10n,
        publishTime: Number(now),
      },
    ])
    const [wallet, deposit, debt] = legsOf(reading)[0] ?? []
    expect(wallet).toEqual(row("collateral", "wallet", "SOL", "2"))
    expect(deposit).toEqual(row("collateral", "marginfi", "USDC", "1250"))
    expect(debt).toMatchObject({ kind: "debt", venue: "marginfi", symbol: "SOL" })
    // 3 SOL and a year's interest, and what came due in the seconds since the account was written.
    expect(debt?.amount).toBeGreaterThanOrEqual(parseDecimal("6"))
    expect(debt?.amount).toBeLessThan(parseDecimal("6.00001"))
    expect(legsOf(reading)[1]).toEqual([row("collateral", "spl", "USDC", "5")])
    expect(reading.pin).toMatchObject({ kind: "solana", finality: "finalized" })
  })
})

describe("accounts of mainnet", () => {
  withAccountDumps(dumps => {
    it("are read in one pass: a price of Pyth, a deposit with 2024's rates, debts in banks that are not there", async () => {
      const feed = dumps("sol_pyth_price_feed")
      const [bank, lender] = [dumps("bank_sample_1"), dumps("marginfi_account_sample_1")]
      const mint = "J1toso1uCk3RLmjorhTtrVwY9HJ7X8V9yYac6Y7kGCPn"
      const holder = "Dq7wypbedtaqQK9QqEFvfrxc4ppfRGXCeTVd7ee7n2jw"
      for (const account of [feed, bank, lender]) put(account)
      put(ours(MARGINFI_GROUP, encodeGroup()))
      put(ours(mint, new Uint8Array(82).with(44, 9).with(45, 1), TOKEN_PROGRAM))

      const reading = await read(
        [holder],
        [{ adapter: "pyth", feeds: { SOL: { account: feed.key, feedId: SOL_ID } } }, { adapter: "marginfi" }],
        [{ mint, symbol: "JITOSOL", decimals: 9 }],
      )
      expect(reading.prices).toEqual([
        {
          symbol: "SOL",
          source: `pyth@${chain()}`,
          price: parseDecimal("215.68137069"),
          confidence: parseDecimal("0.20134469"),
          publishTime: 1_735_984_087,
        },
      ])
      // Four deposits and three debts, one of the deposits in the bank that is there.
      const unread = (unknown: string, count: number) => Array(count).fill(["marginfi", unknown, "NOT_DEPLOYED"])
      const faults = faultsOf(reading)[0] ?? []
      expect(faults.filter(([, unknown]) => unknown === "asset")).toEqual(unread("asset", 3))
      expect(faults.filter(([, unknown]) => unknown === "liability")).toEqual(unread("liability", 3))

      const [leg] = legsOf(reading)[0] ?? []
      expect(leg).toMatchObject({ kind: "collateral", venue: "marginfi", symbol: "JITOSOL" })
      // In floating point: utilisation below the kink at 80 %, where the rate is 10 %.
      const utilization = (79_763_493_059_362.86 * 1.007376747267159) / (998_366_336_320_727.5 * 1.000561264812955)
      const rate = (utilization / 0.8) * 0.1 * utilization
      const years = (reading.pin.timestamp - 1_711_697_727) / YEAR
      const expected = 0.7378660139097121 * 1.000561264812955 * (1 + rate * years)
      expect(Number(leg?.amount) / 1e18).toBeCloseTo(expected, 8)
    })

    it("hold together once their banks are there, also under another program and group", async () => {
      const account = dumps("gappy_user3")
      const [group, holder] = [
        "4ksRznjYZiXgZLpyDWi9ndPoi8zJE7XztEQZxAFonffX",
        "J5TXjZFLDRHJyivYpxmdu38izekJUvRnDnzvY2PZ2krF",
      ]
      put(account)
      put(ours(group, encodeGroup(), account.owner))
      // Not dumped are the banks: with half of each deposit as collateral the program's own values come out.
      const usdcBank = { mint: usdc.mint.toBase58(), decimals: 6, group, assetWeight: fixed(1n, 2n) }
      for (const [key, fields] of [
        ["AS6TnrAic2NV4eppLbLwyNj6LYzDV9SdBRjZiJmavYSN", usdcBank],
        ["7rw9Bbg3R3vQ3LDApqfrYS1qTV3vFpigWJFUmh7eZfwE", { ...usdcBank, mint: WRAPPED_SOL, decimals: 9 }],
        ["HPAZgpFHTA9Wqx22Gk1C75Wyonxz1L55LJhXom4uZfaL", usdcBank],
      ] as const) {
        put(ours(key, encodeBank(fields), account.owner))
      }
      const reading = await read(
        [holder],
        [{ adapter: "marginfi", program: account.owner, group }],
        [
          { mint: "native", symbol: "SOL", decimals: 9 },
          { mint: usdc.mint.toBase58(), symbol: "USDC", decimals: 6 },
        ],
      )
      expect(faultsOf(reading)).toEqual([[]])
      expect(legsOf(reading)).toEqual([
        [
          row("collateral", "marginfi", "USDC", "10"),
          row("collateral", "marginfi", "SOL", "1"),
          row("debt", "marginfi", "USDC", "1"),
        ],
      ])
      // 10 USDC at 1 and 1 SOL at 167.58 against 1 USDC, as the program valued them.
      const native = reading.addresses[0]?.native ?? []
      expect(native.map(({ native }) => Number(native) / 1e18)).toEqual([expect.closeTo(88.79, 10), 1])
      for (const figure of native) expect(Number(figure.recomputed - figure.native) / 1e18).toBeCloseTo(0, 12)
    })
  })
})
