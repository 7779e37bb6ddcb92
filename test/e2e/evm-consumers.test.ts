/**
 * What protocols on EVM chains get: health kept by address, a feed of it, epochs withdrawn, the example of the
 * documentation, and what each of it costs.
 */
import { readFileSync } from "node:fs"
import { type Abi, encodeFunctionData, type Hex, hexToBytes } from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { z } from "zod"
import { accountLeafHash } from "../../aggregator/domain/leaf.js"
import type { Artifact } from "../../chains/devnet/evm/artifact.js"
import { openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { artifactFile, compile } from "../../chains/evm/contracts/build.js"
import { receiverAbi } from "../../chains/evm/receiver-abi.js"
import { revocationPayload } from "../../chains/wormhole/payload.js"
import { startAttestationChains } from "../support/attestation-chains.js"
import { deliverer, leafArgument, proofOf, treeOver } from "../support/attested-book.js"
import { climbed, madeUpProof } from "../support/climb.js"
import { codeIn, linesOf } from "../support/documentation.js"

const ALICE = devAccount(1).address
const BOB = devAccount(2).address
const ONE_HOUR = 3_600
/** Read beside the contracts in a change's diff: whoever changes a cost changes this file. */
const GAS_FIGURES = new URL("../../chains/evm/contracts/gas.json", import.meta.url)

let chains: Awaited<ReturnType<typeof startAttestationChains>>
let wallet: Awaited<ReturnType<typeof openDevWallet>>
let epochs: ReturnType<typeof deliverer>
beforeAll(async () => {
  chains = await startAttestationChains()
  wallet = await openDevWallet(chains.home.url, chains.home.chainId)
  epochs = deliverer(chains.home, chains.emitter)
})
afterAll(() => chains.stop())

const receiver = () => ({ address: chains.home.receiver.address, abi: receiverAbi }) as const

interface Refused {
  readonly walk?: (find: (error: unknown) => boolean) => unknown
}

/** The name of the contract's error that a call ends with; `accepted` when it does not. */
const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "accepted",
    (error: Refused) => {
      const found = error.walk?.(each => each instanceof Object && "data" in each && each.data instanceof Object) as
        | { data: { errorName?: string } }
        | undefined
      if (!found?.data.errorName) throw error
      return found.data.errorName
    },
  )

const simulate = (
  functionName: string,
  args: readonly unknown[],
  abi: Abi = receiverAbi,
  to = receiver().address,
  from = ALICE,
) => chains.home.client.simulateContract({ address: to, abi, functionName, args, account: from })
const cacheHealth = (...args: ReturnType<typeof proofOf>) =>
  wallet.write({ to: receiver().address, abi: receiverAbi, functionName: "cacheHealth", args })
const healthOf = (holder: Hex) => simulate("healthOf", [holder])
const result = async (work: ReturnType<typeof simulate>) => (await work).result

describe("health kept by address", () => {
  it("is that of the proved leaf, with its epoch and the time of its oldest input", async () => {
    const tree = treeOver([
      { holder: ALICE, health: 5n },
      { holder: BOB, health: -7n, status: "LIQUIDATABLE" },
    ])
    const { epoch } = await epochs.deliver(tree)
    expect(await outcomeOf(healthOf(ALICE))).toBe("HealthNotCached")
    await cacheHealth(...proofOf(tree, ALICE))
    await cacheHealth(...proofOf(tree, BOB))
    expect(await result(healthOf(ALICE))).toEqual([5n, 0, epoch, 1_760_000_000n])
    expect(await result(healthOf(BOB))).toEqual([-7n, 3, epoch, 1_760_000_000n])
  })

  it("is replaced by a newer epoch's, also by one that says that it is not known", async () => {
    const worse = treeOver([{ holder: ALICE, health: -1n, status: "LIQUIDATABLE" }])
    await epochs.deliver(worse)
    await cacheHealth(...proofOf(worse, ALICE))
    expect(await result(healthOf(ALICE))).toEqual([-1n, 3, expect.anything(), 1_760_000_000n])
    const unknown = treeOver([{ holder: ALICE, health: 0n, status: "UNAVAILABLE" }])
    await epochs.deliver(unknown)
    await cacheHealth(...proofOf(unknown, ALICE))
    expect(await outcomeOf(healthOf(ALICE))).toBe("HealthUnknown")
  })

  it("is not taken from an earlier epoch, from another chain's address or from a forged leaf", async () => {
    const earlier = treeOver([{ holder: ALICE, health: 9n }])
    await epochs.deliver(earlier)
    const elsewhere = treeOver([{ holder: ALICE, health: 9n, wormholeChain: 4 }])
    await epochs.deliver(elsewhere)
    expect(await outcomeOf(simulate("cacheHealth", proofOf(earlier, ALICE)))).toBe("LeafNotIncluded")
    expect(await outcomeOf(simulate("cacheHealth", proofOf(elsewhere, ALICE)))).toBe("NotOfThisChain")
    const [leaf, proof] = proofOf(elsewhere, ALICE)
    expect(await outcomeOf(simulate("cacheHealth", [{ ...leaf, equity: leaf.equity + 1n }, proof]))).toBe(
      "LeafNotIncluded",
    )
  })

  it("is not kept where it does not fit", async () => {
    const huge = treeOver([{ holder: ALICE, health: 2n ** 119n }])
    await epochs.deliver(huge)
    expect(await outcomeOf(simulate("cacheHealth", proofOf(huge, ALICE)))).toBe("NotCacheable")
  })

  it("ends with the validity of its epoch, whatever came after", async () => {
    const tree = treeOver([{ holder: ALICE, health: 5n }])
    const snapshot = await chains.home.client.snapshot()
    await epochs.deliver(tree)
    await cacheHealth(...proofOf(tree, ALICE))
    expect(await outcomeOf(healthOf(ALICE))).toBe("accepted")
    await chains.home.client.increaseTime({ seconds: ONE_HOUR })
    await chains.home.client.mine({ blocks: 1 })
    expect(await outcomeOf(healthOf(ALICE))).toBe("AttestationExpired")
    expect(await outcomeOf(simulate("verifyHealth", proofOf(tree, ALICE)))).toBe("AttestationExpired")
    await chains.home.client.revert({ id: snapshot })
  })
})

describe("a revocation", () => {
  it("withdraws every proof and every kept health at once; the next epoch stands", async () => {
    const tree = treeOver([{ holder: ALICE, health: 5n }])
    const { epoch } = await epochs.deliver(tree)
    await cacheHealth(...proofOf(tree, ALICE))
    await epochs.send(revocationPayload)
    expect(await outcomeOf(healthOf(ALICE))).toBe("EpochRevoked")
    expect(await outcomeOf(simulate("verifyHealth", proofOf(tree, ALICE)))).toBe("EpochRevoked")
    expect(await outcomeOf(simulate("cacheHealth", proofOf(tree, ALICE)))).toBe("EpochRevoked")
    expect(await chains.home.receiver.latest()).toMatchObject({ epoch: epoch + 1n, revokedBelow: epoch + 2n })

    await epochs.deliver(tree)
    expect(await outcomeOf(simulate("verifyHealth", proofOf(tree, ALICE)))).toBe("accepted")
    expect(await outcomeOf(healthOf(ALICE))).toBe("EpochRevoked")
    await cacheHealth(...proofOf(tree, ALICE))
    expect(await result(healthOf(ALICE))).toEqual([5n, 0, epoch + 2n, 1_760_000_000n])
    // The message of that epoch said 0: what is withdrawn stays so.
    expect(await chains.home.receiver.latest()).toMatchObject({ revokedBelow: epoch + 2n })
  })

  it("may spare the epochs from one on", async () => {
    const tree = treeOver([{ holder: ALICE, health: 5n }])
    await epochs.deliver(tree)
    await cacheHealth(...proofOf(tree, ALICE))
    await epochs.deliver(tree, { revokedBelow: epochs.nextEpoch() - 1n })
    expect(await outcomeOf(healthOf(ALICE))).toBe("accepted")
    await epochs.deliver(tree, { revokedBelow: epochs.nextEpoch() - 1n })
    expect(await outcomeOf(healthOf(ALICE))).toBe("EpochRevoked")
  })
})

describe("a feed in the shape of a price feed", () => {
  const artifact = (name: "AccountHealthFeed" | "AccountHealthFeeds") =>
    ({ ...JSON.parse(readFileSync(artifactFile(name), "utf8")), linkReferences: {} }) as Artifact

  it("answers at an address that is known before it is opened", async () => {
    const { abi } = artifact("AccountHealthFeed")
    const feeds = artifact("AccountHealthFeeds")
    const factory = await wallet.deploy(feeds, [receiver().address])
    const place = (await result(simulate("feedOf", [ALICE], feeds.abi, factory))) as Hex
    const open = () => wallet.write({ to: factory, abi: feeds.abi, functionName: "openFeed", args: [ALICE] })
    await open()
    await open()
    const read = (functionName: string, args: readonly unknown[] = []) => simulate(functionName, args, abi, place)

    const tree = treeOver([{ holder: ALICE, health: -3n, status: "LIQUIDATABLE" }])
    const { epoch } = await epochs.deliver(tree)
    await cacheHealth(...proofOf(tree, ALICE))
    const round = [epoch, -3n, 1_760_000_000n, 1_760_000_000n, epoch]
    expect(await result(read("latestRoundData"))).toEqual(round)
    expect(await result(read("getRoundData", [epoch]))).toEqual(round)
    expect(await outcomeOf(read("getRoundData", [epoch - 1n]))).toBe("RoundNotKept")
    expect([await result(read("decimals")), await result(read("version")), await result(read("holder"))]).toEqual([
      18,
      1n,
      ALICE,
    ])
  })
})

describe("the documentation's lender", () => {
  const source = codeIn("integrate.md", "solidity")
  let lender: Hex
  let abi: Abi
  beforeAll(async () => {
    const artifact = compile("HealthGatedLender.sol", source, "HealthGatedLender")
    abi = artifact.abi as Abi
    lender = await wallet.deploy({ ...artifact, abi, linkReferences: {} }, [receiver().address])
  })
  const borrow = (amount: bigint, proof: ReturnType<typeof proofOf>, from: Hex = ALICE) =>
    simulate("borrow", [amount, ...proof], [...abi, ...receiverAbi], lender, from)

  it("has fewer than thirty lines", () => {
    expect(linesOf(source)).toBeLessThan(30)
  })

  it("lends as much as the health covers, and only while there is health", async () => {
    const tree = treeOver([{ holder: ALICE, health: 5n }])
    await epochs.deliver(tree)
    const proof = proofOf(tree, ALICE)
    await wallet.write({ from: ALICE, to: lender, abi, functionName: "borrow", args: [3n, ...proof] })
    expect(await outcomeOf(borrow(3n, proof))).toBe("Unhealthy")
    expect(await outcomeOf(borrow(2n, proof))).toBe("accepted")
    const called = treeOver([{ holder: ALICE, health: 500n, status: "MARGIN_CALL" }])
    await epochs.deliver(called)
    expect(await outcomeOf(borrow(1n, proofOf(called, ALICE)))).toBe("Unhealthy")
    expect(await outcomeOf(borrow(1n, proof))).toBe("LeafNotIncluded")
  })

  it("does not lend on somebody else's health, nor on what another chain's address of the same name has", async () => {
    const tree = treeOver([
      { holder: BOB, health: 500n },
      { holder: ALICE, health: 500n, wormholeChain: 4 },
    ])
    await epochs.deliver(tree)
    expect(await outcomeOf(borrow(1n, proofOf(tree, BOB)))).toBe("NotYourAccount")
    expect(await outcomeOf(borrow(1n, proofOf(tree, ALICE)))).toBe("NotYourAccount")
  })

  it("does not lend on what was withdrawn", async () => {
    const tree = treeOver([{ holder: ALICE, health: 500n }])
    await epochs.deliver(tree)
    await epochs.send(revocationPayload)
    expect(await outcomeOf(borrow(1n, proofOf(tree, ALICE)))).toBe("EpochRevoked")
  })
})

describe("what it costs", () => {
  const INTRINSIC = 21_000n
  /** Gas of a transaction beyond its fixed part and its data: the same whatever signatures and hashes are made of. */
  const execution = (gasUsed: bigint, data: Hex): bigint =>
    hexToBytes(data).reduce((left, byte) => left - (byte === 0 ? 4n : 16n), gasUsed - INTRINSIC)
  const deep = (() => {
    const [leaf] = treeOver([{ holder: ALICE, health: 5n }]).leaves
    if (!leaf) throw new Error("no leaf")
    const proof = madeUpProof(20)
    return { args: [leafArgument(leaf), proof] as const, root: climbed(accountLeafHash(leaf), proof) }
  })()
  const traced = z.object({ structLogs: z.array(z.object({ op: z.string(), gas: z.number(), gasCost: z.number() })) })
  const executionOf = async (functionName: "verifyHealth" | "cacheHealth" | "healthOf", args: readonly unknown[]) => {
    const data = encodeFunctionData({ abi: receiverAbi as Abi, functionName, args })
    const request = chains.home.client.request as (call: { method: string; params: unknown[] }) => Promise<unknown>
    const call = { to: receiver().address, data, from: ALICE }
    const answer = await request({
      method: "debug_traceCall",
      params: [call, "latest", { disableStack: true, disableStorage: true }],
    })
    const { structLogs } = traced.parse(answer)
    const [begin, end] = [structLogs[0], structLogs.at(-1)]
    const read = structLogs.find(each => each.op === "SLOAD")
    if (!begin || !end || !read) throw new Error("nothing was executed")
    return { whole: begin.gas - end.gas + end.gasCost, fromFirstRead: read.gas - end.gas + end.gasCost }
  }

  it("is what the committed figures say", async () => {
    const { deliver } = epochs
    const tree = { ...treeOver([{ holder: ALICE, health: 5n }]), root: deep.root }
    for (let warm = 0; warm < 2; warm++) await deliver(tree)
    const before = await chains.home.client.getBlockNumber()
    await deliver(tree)
    const block = await chains.home.client.getBlock({ blockNumber: before + 1n, includeTransactions: true })
    const [transaction] = block.transactions
    if (!transaction) throw new Error("nothing was delivered")
    const delivery = await chains.home.client.getTransactionReceipt({ hash: transaction.hash })
    const verify = await executionOf("verifyHealth", deep.args)
    const first = await executionOf("cacheHealth", deep.args)
    await wallet.write({ to: receiver().address, abi: receiverAbi, functionName: "cacheHealth", args: deep.args })
    const later = await executionOf("cacheHealth", deep.args)
    const figures = {
      "delivery by 13 of 19, warm, without its data": Number(
        execution(delivery.gasUsed, transaction.input) + INTRINSIC,
      ),
      "verifyHealth at depth 20": verify.whole,
      "cacheHealth at depth 20, first of an address": first.whole,
      "cacheHealth at depth 20, later": later.whole,
      healthOf: (await executionOf("healthOf", [ALICE])).whole,
    }
    console.info(figures, `delivery with its data: ${delivery.gasUsed}`)
    expect(delivery.gasUsed).toBeLessThanOrEqual(100_000n)
    const committed = JSON.parse(readFileSync(GAS_FIGURES, "utf8"))
    expect(figures).toEqual(committed)
    // The leaf is derived before anything is read.
    expect(verify.fromFirstRead).toBeLessThanOrEqual(8_000)
  })
})
