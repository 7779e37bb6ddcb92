/**
 * The whole system on the local chains: from real transactions to figures that add up, and to a root proved on chain.
 */
import { createHash } from "node:crypto"
import { Connection, PublicKey, Transaction } from "@solana/web3.js"
import { privateKeyToAccount } from "viem/accounts"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { parseDecimal } from "../../aggregator/domain/decimal.js"
import { price, type Usd, usd } from "../../aggregator/domain/fixed.js"
import { attestationTree } from "../../aggregator/domain/merkle.js"
import { attestationSchema } from "../../aggregator/routes/attestation-schemas.js"
import { changesSchema } from "../../aggregator/routes/changes-schemas.js"
import { explainSchema } from "../../aggregator/routes/explain-schemas.js"
import { liquidationSchema } from "../../aggregator/routes/liquidation-schemas.js"
import { accountListSchema, type Margin, marginSchema } from "../../aggregator/routes/margin-schemas.js"
import { readinessSchema } from "../../aggregator/routes/probes.js"
import { riskArraySchema } from "../../aggregator/routes/risk-array-schemas.js"
import { simulatedSchema } from "../../aggregator/routes/simulate-schemas.js"
import { emitterOf } from "../../chains/evm/core-bridge.js"
import { openReceiver } from "../../chains/evm/receiver.js"
import { CallRefusedError, openSender } from "../../chains/evm/sender.js"
import { stateAddress } from "../../chains/solana/receiver-address.js"
import { provedHealth, verifyInstruction } from "../../chains/solana/receiver-proof.js"
import { decodeReceiverState } from "../../chains/solana/receiver-state.js"
import { relayerKeypair } from "../../chains/solana/relayer-key.js"
import { overviewsOf } from "../support/event-stream.js"
import { kernelBytes } from "../support/kernel.js"
import { type RunningDevnet, startRunningDevnet } from "../support/running-devnet.js"
import { until } from "../support/until.js"

const ACCOUNTS = [
  "hedged-book",
  "option-seller",
  "plain-holder",
  "cross-chain-borrower",
  "perp-trader",
  "liquidity-provider",
]

let system: RunningDevnet
beforeAll(async () => {
  system = await startRunningDevnet()
})
afterAll(() => system?.stop())

/** An account in a reading of every chain: a busy machine may lose one for a moment. */
const marginOf = (id: string) =>
  until(`${id} from every chain`, async () => {
    const margin = await system.get(`/v1/accounts/${id}/margin`, marginSchema)
    return margin.figures && margin.chains.every(each => each.status === "ok") && margin
  })
const margined = () =>
  until("every account with figures", async () => {
    const response = await fetch(`${system.service.url}/v1/accounts`)
    if (!response.ok) return false
    const { accounts } = accountListSchema.parse(await response.json())
    return accounts.every(each => each.figures) && accounts
  })
/** The newest epoch that all three chains hold. */
const delivered = () =>
  until("a delivery on every chain", async () => {
    const record = system.service.book.latestEpoch
    return record?.deliveries.filter(each => each.status === "DELIVERED").length === 3 && record
  })

const sum = (values: readonly string[]) => values.map(parseDecimal).reduce((total, value) => total + value, 0n)
const figuresOf = ({ account, figures }: Margin) => {
  if (!figures) throw new Error(`${account} has no figures`)
  return figures
}
const pushEth = (at: string) =>
  system.devnet.pushPrices({ ETH: { price: price(parseDecimal(at)), confidence: price(parseDecimal("1.5")) } })

const receivers = () =>
  system.devnet.chains.flatMap(chain => {
    if (chain.kind !== "evm" || !chain.wormhole.receiver) return []
    const [url = ""] = chain.rpc
    const account = privateKeyToAccount(system.devnet.keys.relayer)
    const sender = openSender({ url, chainId: Number(chain.chain.slice("eip155:".length)), account })
    return [openReceiver(sender, chain.wormhole.receiver as `0x${string}`)]
  })

function onSolana() {
  const config = system.devnet.chains.find(chain => chain.kind === "solana")
  if (config?.kind !== "solana" || !config.wormhole) throw new Error("no receiver on Solana")
  const source = {
    core: new PublicKey(config.wormhole.core),
    wormholeChain: 2,
    emitter: emitterOf(privateKeyToAccount(system.devnet.keys.publisher).address),
  }
  const receiver = { program: new PublicKey(config.wormhole.receiver), source }
  const payer = relayerKeypair(system.devnet.keys.solanaRelayer)?.publicKey
  if (!payer) throw new Error("no key for Solana")
  return { connection: new Connection(config.rpc[0] ?? "", "confirmed"), receiver, payer }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof CallRefusedError)) throw error ?? new Error("nothing was refused")
  return error.errorName
}

describe("margin", () => {
  it("is there for every owner, from three chains", async () => {
    const accounts = await margined()
    expect(accounts.map(each => each.account)).toEqual(ACCOUNTS)
    const { chains } = await marginOf("hedged-book")
    expect(chains.map(({ status, finality }) => [status, finality])).toEqual(Array(3).fill(["ok", "finalized"]))
  })

  it("is less than half of what the hedged book's legs need one by one", async () => {
    await margined()
    const { figures, components } = await marginOf("hedged-book")
    expect(components.positions).toHaveLength(4)
    expect(2n * sum([figures?.maintenanceMargin ?? ""])).toBeLessThan(sum([figures?.standaloneMargin ?? ""]))
    expect(sum([figures?.maintenanceMargin ?? ""])).toBeGreaterThan(0n)
  })

  it("covers perpetuals, liquidity positions and vault shares", async () => {
    await margined()
    const trader = await marginOf("perp-trader")
    expect(trader.components.positions.map(({ instrument, venue }) => [instrument, venue])).toEqual([
      ["BTC-PERP", "perp-curie"],
      ["ETH-PERP", "perp-curie"],
    ])
    expect(sum([trader.figures?.maintenanceMargin ?? ""])).toBeGreaterThan(0n)
    const provider = await marginOf("liquidity-provider")
    expect(new Set(provider.components.collateral.map(({ venue }) => venue))).toEqual(
      new Set(["wallet", "erc4626", "uniswap-v3"]),
    )
    expect(provider.reasons).toEqual([])
  })

  it.each(ACCOUNTS)("of %s adds up exactly from its components", async id => {
    await margined()
    const margin = await marginOf(id)
    const figures = figuresOf(margin)
    const { collateral, debts, positions, units } = margin.components
    const markToMarket = sum(positions.map(each => each.markToMarket))
    expect(parseDecimal(figures.equity)).toBe(
      sum(collateral.map(each => each.collateralValue)) + markToMarket - sum(debts.map(each => each.liabilityValue)),
    )
    expect(parseDecimal(figures.rawEquity)).toBe(
      sum(collateral.map(each => each.marketValue)) + markToMarket - sum(debts.map(each => each.marketValue)),
    )
    for (const each of collateral) {
      const cut = sum(each.haircuts.map(step => step.amount))
      expect(parseDecimal(each.marketValue) - cut).toBe(parseDecimal(each.collateralValue))
    }
    for (const each of debts) {
      const added = sum(each.haircuts.map(step => step.amount))
      expect(parseDecimal(each.marketValue) + added).toBe(parseDecimal(each.liabilityValue))
    }
    for (const unit of units) {
      const held = positions.filter(each => each.instrument.startsWith(`${unit.underlying}-`))
      expect(sum(held.map(each => each.worstScenarioLoss))).toBe(parseDecimal(unit.scanningRisk))
      const scanned = sum([unit.scanningRisk, unit.lotRemainder])
      const minimum = parseDecimal(unit.shortOptionMinimum)
      expect(parseDecimal(unit.requirement)).toBe(scanned > minimum ? scanned : minimum)
    }
    // The shipped policy's maintenance threshold is 1.
    expect(parseDecimal(figures.maintenanceMargin)).toBe(sum(units.map(each => each.requirement)))
    expect(parseDecimal(figures.health)).toBe(sum([figures.equity]) - sum([figures.maintenanceMargin]))
    expect(parseDecimal(figures.standaloneMargin)).toBe(sum(positions.map(each => each.standaloneMargin)))
  })

  it("holds an owner's books where they are: loan, options and tokens", async () => {
    await margined()
    const hedged = await marginOf("hedged-book")
    expect(hedged.components.debts.map(({ venue, symbol }) => [venue, symbol])).toEqual([["aave-v3", "USDC"]])
    expect(new Set(hedged.components.collateral.map(each => each.venue))).toEqual(
      new Set(["wallet", "aave-v3", "lyra-avalon", "spl"]),
    )
    const borrower = await marginOf("cross-chain-borrower")
    expect(borrower.components.debts.map(each => each.chain)).toEqual(["eip155:1337"])
    expect(borrower.components.collateral.some(each => each.chain.startsWith("solana:"))).toBe(true)
  })

  it("is simulated against the live market to the same requirement", async () => {
    await margined()
    const { components } = await marginOf("option-seller")
    const [held] = components.positions
    const response = await fetch(`${system.service.url}/v1/margin/simulate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ positions: [{ instrument: held?.instrument, quantity: held?.quantity }] }),
    })
    const { before: simulation } = simulatedSchema.parse(await response.json())
    expect(simulation.components.units.map(each => each.underlying)).toEqual(["ETH"])
    expect(simulation.components.positions[0]?.quantity).toBe("-10")
  })
})

describe("an attestation", () => {
  it("commits to the kernel that computed it and is delivered to every chain", async () => {
    const { attestation } = await delivered()
    const shown = await system.get(`/v1/attestations/${attestation.epoch}`, attestationSchema)
    const { wasmHash, policyHash, deliveries, leafCount, inputGrade, publication } = shown
    expect(wasmHash).toBe(
      `0x${createHash("sha256")
        .update(await kernelBytes())
        .digest("hex")}`,
    )
    expect(policyHash).toBe((await marginOf("plain-holder")).policy.hash)
    expect([leafCount, inputGrade, publication?.chain]).toEqual([3 * ACCOUNTS.length, "single", "eip155:1337"])
    expect(deliveries.map(each => each.chain.split(":")[0])).toEqual(["eip155", "eip155", "solana"])
  })

  it("shows the transaction and what it cost, on every chain", async () => {
    const { deliveries } = await delivered()
    const [ethereum, bsc, solana] = deliveries
    for (const each of [ethereum, bsc]) {
      expect(each).toMatchObject({ status: "DELIVERED", reason: null, transaction: expect.stringMatching(/^0x/) })
      // 21,000 before the first opcode; more than 200,000 would be the slow path.
      expect(each?.gasUsed).toBeGreaterThan(21_000n)
      expect(each?.gasUsed).toBeLessThan(200_000n)
      expect(each?.fee).toBeGreaterThan(0n)
    }
    expect(solana).toMatchObject({ status: "DELIVERED", reason: null, fee: 5_000n })
    expect(solana?.transaction).toMatch(/^[1-9A-HJ-NP-Za-km-z]{80,90}$/)
    expect(solana?.gasUsed).toBeLessThanOrEqual(340_000n)
  })

  it("is proved on Solana by the program's own instruction, and a forged leaf is refused", async () => {
    await delivered()
    const { connection, receiver, payer } = onSolana()
    const proved = await until("a leaf of the root that Solana holds", async () => {
      const account = await connection.getAccountInfo(stateAddress(receiver))
      if (!account) return false
      const held = decodeReceiverState(receiver.program, { owner: account.owner.toBase58(), data: account.data })
      const attestation = await system.service.book.attestation(held.epoch)
      if (attestation?.root !== held.root) return false
      const tree = attestationTree(attestation.header, attestation.leaves)
      const seller = attestation.leaves.find(leaf => leaf.maintenanceMargin > 0n)
      if (!seller) throw new Error("nobody needs margin")
      const ask = async (equity: Usd) => {
        const { blockhash } = await connection.getLatestBlockhash()
        const instruction = verifyInstruction(receiver, { ...seller, equity }, tree.proof(seller.index))
        const transaction = new Transaction({ feePayer: payer, recentBlockhash: blockhash }).add(instruction)
        return (await connection.simulateTransaction(transaction)).value
      }
      const [truth, richer] = [await ask(seller.equity), await ask(usd(seller.equity + 1n))]
      // A newer epoch may have arrived in between: its root has another leaf.
      return truth.err === null && { seller, truth, richer }
    })
    const { seller, truth, richer } = proved
    expect(provedHealth(Buffer.from(truth.returnData?.data[0] ?? "", "base64"))).toEqual({
      health: usd(seller.equity - seller.maintenanceMargin),
      status: seller.status,
    })
    expect(JSON.stringify(richer.err)).toContain("Custom")
  })

  it("is proved on each EVM chain, leaf by leaf, and a forged leaf is refused", async () => {
    const { attestation } = await delivered()
    const whole = await system.service.book.attestation(attestation.epoch)
    expect(attestationTree(attestation.header, whole?.leaves ?? []).root).toBe(attestation.root)
    const [receiver, away] = receivers()
    if (!receiver || !away) throw new Error("a receiver is missing")
    for (const each of [receiver, away]) {
      await until("this root on chain", async () => (await each.latest()).epoch >= attestation.epoch)
      // A newer epoch may have arrived since: prove against what the chain holds now.
      const record = await until("its record", async () => {
        const { epoch, root } = await each.latest()
        const held = await system.service.book.attestation(epoch)
        return held?.root === root && held
      })
      const held = attestationTree(record.header, record.leaves)
      const seller = record.leaves.find(leaf => leaf.maintenanceMargin > 0n)
      if (!seller) throw new Error("nobody needs margin")
      const proved = await each.verifyHealth(seller, held.proof(seller.index))
      expect(proved).toEqual({ health: usd(seller.equity - seller.maintenanceMargin), status: seller.status })

      const richer = { ...seller, equity: usd(seller.equity + 1n) }
      expect(await refusal(each.verifyHealth(richer, held.proof(seller.index)))).toBe("LeafNotIncluded")
      const other = { ...seller, holder: `0x${"00".repeat(31)}01` as const }
      expect(await refusal(each.verifyHealth(other, held.proof(seller.index)))).toBe("LeafNotIncluded")
      await each.verifyHeader(record.header, held.headerProof())
    }
  })

  it("follows the last with a rising epoch", async () => {
    const first = (await delivered()).attestation.epoch
    const { book } = system.service
    await until("a later epoch", () => (book.latestEpoch?.attestation.epoch ?? 0n) > first)
    expect((await book.epoch(first + 1n))?.attestation.epoch).toBe(first + 1n)
  })
})

describe("questions about an account", () => {
  it.each(ACCOUNTS)("explain %s from real chains, adding up exactly", async id => {
    await margined()
    const { equity, margin } = await system.get(`/v1/accounts/${id}/margin/explain`, explainSchema)
    expect(sum(equity?.lines.map(each => each.amount) ?? [])).toBe(parseDecimal(equity?.equity ?? ""))
    const parts = [...(margin?.positions ?? []), ...(margin?.additions ?? []), ...(margin?.lines ?? [])]
    expect(sum(parts.map(each => each.share))).toBe(parseDecimal(margin?.maintenanceMargin ?? ""))
    const arrays = await system.get(`/v1/accounts/${id}/margin/risk-array`, riskArraySchema)
    expect(arrays.units.every(unit => unit.pnl.length === arrays.scenarios.length)).toBe(true)
  })

  it("find where the option seller would be liquidated, and it is", async () => {
    await margined()
    const { bands } = await system.get("/v1/accounts/option-seller/liquidation", liquidationSchema)
    const edge = bands?.find(each => each.symbol === "ETH")?.nearestAbove ?? ""
    const supposed = async (at: string) => {
      const response = await fetch(`${system.service.url}/v1/margin/simulate`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ account: "option-seller", changes: { market: { prices: { ETH: at } } } }),
      })
      return simulatedSchema.parse(await response.json()).after?.figures?.health ?? ""
    }
    // The band's end is rounded outward by a tick at most; time passes between the two questions.
    expect(parseDecimal(await supposed(String(Number(edge) * 0.99)))).toBeGreaterThanOrEqual(0n)
    expect(parseDecimal(await supposed(String(Number(edge) * 1.01)))).toBeLessThan(0n)
  })

  it("say why health moved since an attested epoch", async () => {
    const { attestation } = await delivered()
    const { change, causes, from } = await system.get(
      `/v1/accounts/hedged-book/changes?from=${attestation.epoch}`,
      changesSchema,
    )
    expect(from.epoch).toBe(String(attestation.epoch))
    expect(sum(causes?.flatMap(each => each.change?.health ?? []) ?? [])).toBe(parseDecimal(change?.health ?? ""))
  })
})

describe("while you watch", () => {
  it("the stream brings new readings, and begins anew for a reader that comes back", async () => {
    await margined()
    const open = async () => overviewsOf(await fetch(`${system.service.url}/v1/stream`))
    const stream = await open()
    const first = await stream.next()
    const later = await until("a later reading", async () => {
      const overview = await stream.next()
      return overview.valuationTime > first.valuationTime && overview
    })
    expect(later.accounts.map(each => each.account)).toEqual(ACCOUNTS)
    expect(later.prices.find(each => each.symbol === "ETH")?.price).toBeTruthy()
    await stream.close()
    const again = await open()
    expect((await again.next()).valuationTime).toBeGreaterThanOrEqual(later.valuationTime)
    await again.close()
  })

  it("the option seller falls below its margins as ether rises, and recovers as it falls", async () => {
    await margined()
    const stream = overviewsOf(await fetch(`${system.service.url}/v1/stream`))
    const statusBecomes = (wanted: readonly string[]) =>
      until(`the seller ${wanted.join(" or ")}`, async () => {
        const { accounts } = await stream.next()
        const seller = accounts.find(each => each.account === "option-seller")
        return seller && wanted.includes(seller.status) && seller
      })
    await pushEth("3000")
    await statusBecomes(["NORMAL"])
    await pushEth("3150")
    const called = await statusBecomes(["MARGIN_CALL", "REDUCE_ONLY", "LIQUIDATABLE"])
    expect(sum([figuresOf(called).initialHealth])).toBeLessThan(0n)
    await pushEth("3300")
    const liquidatable = await statusBecomes(["LIQUIDATABLE", "BANKRUPT"])
    expect(sum([figuresOf(liquidatable).health])).toBeLessThan(0n)
    await pushEth("2950")
    await statusBecomes(["NORMAL"])
    await stream.close()
  })

  it("its metrics say what it reads, publishes, and what every chain holds", async () => {
    await delivered()
    const wanted = system.devnet.chains.flatMap(({ chain }) => [
      new RegExp(`plimsoll_chain_readable\\{chain="${chain}"\\} 1`),
      new RegExp(`plimsoll_confirmed_epoch\\{chain="${chain}"\\} [1-9]`),
      new RegExp(`plimsoll_deliveries_total\\{chain="${chain}",status="DELIVERED"\\} [1-9]`),
    ])
    await until("every chain's metrics", async () => {
      const text = await (await fetch(`${system.service.url}/metrics`)).text()
      return [/plimsoll_assess_duration_seconds_count \d+/, ...wanted].every(line => line.test(text))
    })
  })

  it("it stays ready", async () => {
    await delivered()
    const { checks } = await until("readiness", async () => {
      const seen = await system.get("/readyz", readinessSchema)
      return seen.ready && seen
    })
    expect(checks.filter(each => !each.ok)).toEqual([])
  })
})
