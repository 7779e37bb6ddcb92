/**
 * ERC-4626 vaults on a real node, OpenZeppelin's code: what the adapter counts is what redeeming would pay, to the last unit.
 */
import { type Address as Holder, parseUnits, zeroAddress } from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { quantityFromRaw } from "../../aggregator/domain/fixed.js"
import { type Anvil, startAnvil } from "../../chains/devnet/anvil.js"
import type { Artifact } from "../../chains/devnet/evm/artifact.js"
import { compiledContract } from "../../chains/devnet/evm/compiled-contracts.js"
import { type DevWallet, openDevWallet } from "../../chains/devnet/evm/deploy.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { type DevTokens, deployTokens } from "../../chains/devnet/evm/tokens.js"
import { erc4626 } from "../../chains/evm/adapters/erc4626.js"
import { pinLatest, runAdapter } from "../support/evm-adapter-run.js"

const CHAIN = chainId("eip155:1337")
const usdc = (text: string) => parseUnits(text, 6)

describe("a vault's shares", () => {
  const holder = (index: number): Holder => devAccount(index).address
  const [alice, bob, borrower] = [holder(8), holder(9), holder(10)]
  let anvil: Anvil
  let wallet: DevWallet
  let tokens: DevTokens
  let artifact: Artifact

  beforeAll(async () => {
    anvil = await startAnvil({ chainId: 1337 })
    wallet = await openDevWallet(anvil.url, anvil.chainId)
    ;[tokens, artifact] = await Promise.all([deployTokens(wallet, holder(1)), compiledContract("ShareVault")])
  })
  afterAll(() => anvil.stop())

  const newVault = (exitFee = 0n) => wallet.deploy(artifact, [tokens.USDC.address, exitFee])
  const on = (vault: Holder, from: Holder, functionName: string, ...args: readonly unknown[]) =>
    wallet.write({ from, to: vault, abi: artifact.abi, functionName, args })
  const deposit = async (vault: Holder, from: Holder, amount: bigint) => {
    await tokens.USDC.mint(from, amount)
    await tokens.USDC.approve(from, vault, amount)
    await on(vault, from, "deposit", amount, from)
  }
  const read = async (vault: Holder, functionName: string, ...args: readonly unknown[]) =>
    BigInt(String(await wallet.client.readContract({ address: vault, abi: artifact.abi, functionName, args })))
  const adapterOf = (vaults: readonly Holder[], listed = true) =>
    erc4626.create(
      { vaults: [...vaults] },
      {
        chain: CHAIN,
        multicall3: zeroAddress,
        assets: listed ? [{ address: tokens.USDC.address, symbol: "USDC", decimals: 6 }] : [],
      },
    )
  const readingOf = async (owner: Holder, ...vaults: readonly Holder[]) => {
    const { addresses } = await runAdapter(wallet, adapterOf(vaults), [owner])
    const found = addresses.find(({ address }) => address === addressOn(CHAIN, owner))
    return { legs: found?.legs ?? [], faults: found?.faults ?? [] }
  }
  const legWorth = (amount: bigint) => ({
    kind: "collateral",
    chain: CHAIN,
    venue: "erc4626",
    asset: `${CHAIN}/erc20:${tokens.USDC.address}`,
    symbol: "USDC",
    amount: quantityFromRaw(amount, 6, "down"),
  })
  /** What the vault would really pay out for so many shares, by a simulated redemption. */
  const redemption = async (vault: Holder, owner: Holder, shares: bigint) => {
    const redeem = { address: vault, abi: artifact.abi, functionName: "redeem", args: [shares, owner, owner] }
    const { result } = await wallet.client.simulateContract({ ...redeem, account: owner })
    return BigInt(String(result))
  }
  const expectRedeemable = async (vault: Holder, owner: Holder) => {
    const payout = await redemption(vault, owner, await read(vault, "balanceOf", owner))
    expect((await readingOf(owner, vault)).legs).toEqual([legWorth(payout)])
    return payout
  }

  it("are worth what they redeem for, rounded down, after a yield that leaves a fraction", async () => {
    const vault = await newVault()
    await deposit(vault, alice, usdc("1000"))
    await deposit(vault, bob, usdc("333.333333"))
    expect(await expectRedeemable(vault, alice)).toBe(usdc("1000"))
    await tokens.USDC.mint(vault, usdc("77.777777"))
    const worth = await Promise.all([alice, bob].map(owner => expectRedeemable(vault, owner)))
    const sum = worth.reduce((total, each) => total + each, 0n)
    expect(sum).toBeGreaterThan(usdc("1333.333333"))
    expect(sum).toBeLessThanOrEqual(await read(vault, "totalAssets"))
  })

  it("count after the fee that the vault keeps of what leaves it", async () => {
    const vault = await newVault(125n)
    await deposit(vault, alice, usdc("1000.000001"))
    expect(await expectRedeemable(vault, alice)).toBe(usdc("987.5"))
    expect(await read(vault, "convertToAssets", await read(vault, "balanceOf", alice))).toBe(usdc("1000.000001"))
  })

  it("give an attacker who inflates an empty vault no more than he could take out, and his victim nothing", async () => {
    const vault = await newVault()
    await deposit(vault, alice, 1n)
    await tokens.USDC.mint(vault, usdc("10000"))
    await deposit(vault, bob, usdc("5000"))
    expect(await read(vault, "balanceOf", bob)).toBe(0n)
    expect((await readingOf(bob, vault)).legs).toEqual([])
    expect(await expectRedeemable(vault, alice)).toBeLessThan(usdc("10000"))
  })

  it("count as far as the vault has liquidity, and say how much is locked", async () => {
    const vault = await newVault()
    await deposit(vault, alice, usdc("1000"))
    await on(vault, alice, "lend", borrower, usdc("750"))
    const payout = await redemption(vault, alice, await read(vault, "maxRedeem", alice))
    const { legs, faults } = await readingOf(alice, vault)
    expect(payout).toBe(usdc("250"))
    expect(legs).toEqual([legWorth(payout)])
    expect(faults).toMatchObject([{ code: "UNSUPPORTED_POSITION", unknown: "asset", venue: "erc4626" }])
  })

  it("count nothing while the vault is paused or gone, and hide no other vault", async () => {
    const [paused, gone, sound] = [await newVault(), await newVault(), await newVault()]
    for (const vault of [paused, gone, sound]) await deposit(vault, alice, usdc("40"))
    await on(paused, alice, "setPaused", true)
    await wallet.client.setCode({ address: gone, bytecode: "0x" })
    const { legs, faults } = await readingOf(alice, paused, gone, sound)
    expect(legs).toEqual([legWorth(usdc("40"))])
    expect(faults.map(({ code, unknown }) => [code, unknown])).toEqual([
      ["UNSUPPORTED_POSITION", "asset"],
      ["NOT_DEPLOYED", "asset"],
    ])
  })

  it("count nothing where there is no vault but another contract", async () => {
    await tokens.USDC.mint(alice, 1n)
    const { legs, faults } = await readingOf(alice, tokens.USDC.address)
    expect(legs).toEqual([])
    expect(faults).toMatchObject([{ code: "CALL_REVERTED", unknown: "asset" }])
  })

  it("count nothing when the chain does not list what is in the vault", async () => {
    const vault = await newVault()
    await deposit(vault, bob, usdc("10"))
    const { addresses } = await runAdapter(wallet, adapterOf([vault], false), [bob])
    expect(addresses).toMatchObject([{ legs: [], faults: [{ code: "UNSUPPORTED_POSITION", unknown: "asset" }] }])
  })

  it("are valued at the pinned block, whatever was donated since", async () => {
    const vault = await newVault()
    await deposit(vault, bob, usdc("10"))
    const then = await pinLatest(wallet)
    await tokens.USDC.mint(vault, usdc("1000"))
    const { addresses } = await runAdapter(wallet, adapterOf([vault]), [bob], then)
    expect(addresses[0]?.legs).toEqual([legWorth(usdc("10"))])
  })

  it("leave out those who have none, and are named as receipts", async () => {
    const vault = await newVault()
    const { addresses, receipts } = await runAdapter(wallet, adapterOf([vault]), [holder(15)])
    expect(addresses).toEqual([])
    expect(receipts).toEqual([`${CHAIN}/erc20:${vault}`])
  })
})
