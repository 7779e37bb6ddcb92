/**
 * The Synthetix side of a Lyra Avalon market: a dollar and an underlying token that can be exchanged for each other
 * at the oracle's rate, and shorted. Avalon knows amounts at 18 decimals only, so both tokens have 18.
 */
import { type Address, stringToHex } from "viem"
import { compiledContract } from "./compiled-contracts.js"
import type { Contract } from "./contract-owner.js"
import type { ContractName, LyraOwner } from "./lyra-contracts.js"
import { BASE_TO_QUOTE_FEE, QUOTE_TO_BASE_FEE } from "./lyra-parameters.js"

/** Currency keys, as Synthetix names them. */
export const QUOTE_KEY = stringToHex("sUSD", { size: 32 })
export const BASE_KEY = stringToHex("sETH", { size: 32 })

export interface Synthetix {
  readonly adapter: Contract
  readonly quote: Contract
  readonly base: Contract
  /** Lets the market's pool and hedger exchange and short. */
  register(optionMarket: Address): Promise<void>
}

/** Deploys tokens, rates over the underlying's aggregator, exchange and Lyra's adapter to them. */
export async function deploySynthetix(owner: LyraOwner, aggregator: Address): Promise<Synthetix> {
  const deploy = (name: ContractName, args: readonly unknown[] = []) => owner.deployLyra(name, args)
  const lyraRates = compiledContract("LyraRates")
  const [adapter, quote, base, resolver, synthetix, exchanger, rates, collateralShort, approvals] = await Promise.all([
    deploy("SynthetixAdapter"),
    deploy("TestERC20", ["USD Coin", "USDC"]),
    deploy("TestERC20", ["Wrapped Ether", "WETH"]),
    deploy("TestAddressResolver"),
    deploy("TestSynthetix"),
    deploy("TestExchanger"),
    lyraRates.then(artifact => owner.deploy(artifact, [aggregator, BASE_KEY])),
    deploy("TestCollateralShort"),
    deploy("TestDelegateApprovals"),
  ])
  const directory = {
    ProxySynthetix: synthetix.address,
    Exchanger: exchanger.address,
    ExchangeRates: rates.address,
    CollateralShort: collateralShort.address,
    DelegateApprovals: approvals.address,
  }
  const names = Object.keys(directory).map(name => stringToHex(name, { size: 32 }))
  await Promise.all([
    owner.call(resolver, "setAddresses", names, Object.values(directory)),
    owner.call(adapter, "initialize"),
    owner.call(adapter, "setAddressResolver", resolver.address),
    owner.call(synthetix, "init", adapter.address, quote.address, resolver.address),
    owner.call(collateralShort, "init", adapter.address, quote.address),
    owner.call(exchanger, "setFeeRateForExchange", QUOTE_KEY, BASE_KEY, QUOTE_TO_BASE_FEE),
    owner.call(exchanger, "setFeeRateForExchange", BASE_KEY, QUOTE_KEY, BASE_TO_QUOTE_FEE),
    ...[quote, base].flatMap(token =>
      [synthetix, collateralShort].map(minter => owner.call(token, "permitMint", minter.address, true)),
    ),
  ])
  return {
    adapter,
    quote,
    base,
    register: async optionMarket => {
      await Promise.all([
        owner.call(synthetix, "addBaseAsset", BASE_KEY, base.address, optionMarket),
        owner.call(collateralShort, "addBaseAsset", BASE_KEY, base.address, optionMarket),
      ])
    },
  }
}
