/**
 * The devnet's account owners and how they came to their books: by real transactions, as users make them.
 */
import type { PublicKey } from "@solana/web3.js"
import { type Address, parseEther, parseUnits } from "viem"
import { address } from "../../aggregator/domain/caip.js"
import type { Account } from "../../aggregator/domain/snapshot.js"
import { type BscChain, type EthereumChain, roleAddress } from "./evm/chains.js"
import { createBoard, type LyraOptionType, openPosition } from "./evm/lyra-trading.js"
import { devnetKeypair, type SeededMint } from "./solana/seed.js"
import type { LocalSolana } from "./solana/start.js"

export interface DevnetChains {
  readonly ethereum: EthereumChain
  readonly bsc: BscChain
  readonly solana: LocalSolana
}

interface Owner {
  readonly id: string
  /** The same key on both EVM chains. */
  readonly evm: Address
  readonly solana: PublicKey
}

const OWNER_IDS = [
  "hedged-book",
  "option-seller",
  "plain-holder",
  "cross-chain-borrower",
  "perp-trader",
  "liquidity-provider",
] as const
type OwnerId = (typeof OWNER_IDS)[number]

const DAY = 86_400
/** Native coin of each owner on each EVM chain. */
const OWNER_GAS = parseEther("0.1")
const usdc = (amount: number) => parseUnits(String(amount), 6)
const sol = (amount: number) => BigInt(Math.round(amount * 1e9))

/** Gives every owner a book and returns the accounts that link their addresses. */
export async function seedOwners(chains: DevnetChains, usdcMint: SeededMint): Promise<Account[]> {
  const { ethereum, bsc, solana } = chains
  const owners = new Map<OwnerId, Owner>(
    OWNER_IDS.map((id, i) => [
      id,
      { id, evm: roleAddress(ethereum.wallet, "owners", i), solana: devnetKeypair(id).publicKey },
    ]),
  )
  const owner = (id: OwnerId): Owner => owners.get(id) ?? unknownOwner(id)
  await Promise.all(
    [ethereum, bsc].map(({ wallet }) =>
      Promise.all([...owners.values()].map(each => wallet.client.setBalance({ address: each.evm, value: OWNER_GAS }))),
    ),
  )
  await Promise.all([
    seedEthereum(ethereum, owner),
    seedVenues(ethereum, owner),
    seedOptions(bsc, owner),
    seedTokens(bsc, owner),
  ])
  seedSolana(solana, usdcMint, owner)
  return [...owners.values()].map(each => ({
    id: each.id,
    addresses: [
      `eip155:${ethereum.anvil.chainId}:${each.evm}`,
      `eip155:${bsc.anvil.chainId}:${each.evm}`,
      `${solana.chain}:${each.solana.toBase58()}`,
    ].map(address),
  }))
}

async function seedEthereum({ aave, tokens, wallet }: EthereumChain, owner: (id: OwnerId) => Owner) {
  const bank = roleAddress(wallet, "aave")
  await tokens.USDC.mint(bank, usdc(2_000_000))
  await tokens.WETH.mint(bank, parseEther("1000"))
  await aave.supply(bank, "USDC", usdc(2_000_000))
  await aave.supply(bank, "WETH", parseEther("1000"))

  const loan = async (id: OwnerId, weth: string, borrowed: number) => {
    const { evm } = owner(id)
    await tokens.WETH.mint(evm, parseEther(weth))
    await aave.supply(evm, "WETH", parseEther(weth))
    await aave.borrow(evm, "USDC", usdc(borrowed))
  }
  const holder = owner("plain-holder").evm
  await Promise.all([
    loan("hedged-book", "8", 12_000),
    loan("cross-chain-borrower", "12", 26_000),
    tokens.WBTC.mint(holder, parseUnits("0.5", 8)),
    tokens.USDC.mint(holder, usdc(20_000)),
  ])
}

/** Perpetuals both ways on money in the vault, one position losing what the other wins; liquidity beside a deposit. */
async function seedVenues({ venues, tokens }: EthereumChain, owner: (id: OwnerId) => Owner) {
  const trader = owner("perp-trader").evm
  await tokens.USDC.mint(trader, usdc(25_000))
  await venues.perp.deposit(trader, "USDC", usdc(25_000))
  await venues.perp.open(trader, "ETH", parseEther("12"))
  await venues.perp.open(trader, "BTC", -parseEther("0.25"))

  const provider = owner("liquidity-provider").evm
  await tokens.WETH.mint(provider, parseEther("6"))
  await tokens.USDC.mint(provider, usdc(33_000))
  await venues.provideLiquidity(provider, parseEther("6"), usdc(18_000), 2_400)
  await venues.deposit(provider, usdc(15_000))
}

async function seedTokens({ tokens }: BscChain, owner: (id: OwnerId) => Owner) {
  await tokens.WETH.mint(owner("plain-holder").evm, parseEther("4"))
  await tokens.USDC.mint(owner("cross-chain-borrower").evm, usdc(3_000))
}

/** One expiry a month ahead and one a quarter ahead, strikes around the opening price. */
async function seedOptions({ lyra, wallet }: BscChain, owner: (id: OwnerId) => Owner) {
  const { timestamp } = await wallet.client.getBlock()
  const expiryIn = (days: number) => Math.ceil((Number(timestamp) + days * DAY) / DAY) * DAY + 8 * 3600
  const smile = [
    [2600, 1.06],
    [2800, 1.02],
    [3000, 1],
    [3200, 1.01],
    [3400, 1.03],
  ] as const
  const strikes = smile.map(([at, skew]) => ({ price: parseEther(String(at)), skew: parseEther(String(skew)) }))
  const month = await createBoard(lyra, { expiry: expiryIn(30), baseIv: parseEther("0.75"), strikes })
  await createBoard(lyra, { expiry: expiryIn(90), baseIv: parseEther("0.7"), strikes })

  const trade = async (
    id: OwnerId,
    optionType: LyraOptionType,
    strike: number,
    amount: string,
    collateral?: string,
  ) => {
    const strikeId = month.strikeIds[smile.findIndex(([at]) => at === strike)]
    if (strikeId === undefined) throw new RangeError(`no strike ${strike} is listed`)
    const setCollateralTo = collateral === undefined ? {} : { setCollateralTo: parseEther(collateral) }
    await openPosition(lyra, owner(id).evm, { strikeId, optionType, amount: parseEther(amount), ...setCollateralTo })
  }
  const quote = (id: OwnerId, amount: string) => lyra.mint("quote", owner(id).evm, parseEther(amount))

  // An iron condor: each short is covered by a long of the same expiry.
  await quote("hedged-book", "32000")
  await trade("hedged-book", "LONG_CALL", 3200, "20")
  await trade("hedged-book", "SHORT_CALL_QUOTE", 3000, "20", "16000")
  await trade("hedged-book", "LONG_PUT", 2600, "20")
  await trade("hedged-book", "SHORT_PUT_QUOTE", 2800, "20", "14000")

  // With the premium it has a little more than its initial margin: a rise of a few percent takes it below.
  await quote("option-seller", "4300")
  await trade("option-seller", "SHORT_CALL_QUOTE", 3200, "10", "5600")
}

function seedSolana({ seeder }: LocalSolana, usdcMint: SeededMint, owner: (id: OwnerId) => Owner) {
  seeder.mintTo(usdcMint, owner("hedged-book").solana, usdc(5_000))
  seeder.fund(owner("plain-holder").solana, sol(80))
  seeder.fund(owner("cross-chain-borrower").solana, sol(60))
  seeder.mintTo(usdcMint, owner("cross-chain-borrower").solana, usdc(8_000))
}

function unknownOwner(id: string): never {
  throw new RangeError(`the devnet has no owner ${id}`)
}
