/**
 * An Aave v3 market whose every answer a test can replace, encoded by the ABIs that Aave publishes.
 */
import {
  type Abi,
  decodeFunctionData,
  encodeFunctionResult,
  getAddress,
  type Address as Holder,
  pad,
  toHex,
  zeroAddress,
} from "viem"
import { chainId } from "../../../../../aggregator/domain/caip.js"
import type { EvmPin } from "../../../../../aggregator/domain/pin.js"
import { loadArtifact } from "../../../../../chains/devnet/evm/artifact.js"
import type { EvmCall, EvmCallResult, EvmChainFacts } from "../../../../../chains/evm/adapter.js"
import { aaveV3 } from "../../../../../chains/evm/adapters/aave-v3.js"

const contract = (path: string, name: string) =>
  loadArtifact(`@aave/core-v3/artifacts/contracts/${path}/${name}.sol/${name}.json`).abi
const poolAbi = contract("protocol/pool", "Pool")
const providerAbi = contract("protocol/configuration", "PoolAddressesProvider")
const dataProviderAbi = contract("misc", "AaveProtocolDataProvider")
const oracleAbi = contract("misc", "AaveOracle")
const aTokenAbi = contract("protocol/tokenization", "AToken")

export const at = (number: number): Holder => getAddress(pad(toHex(number), { size: 20 }))
export const [ALICE, BOB] = [at(0xa1), at(0xb0)]
export const [POOL, ORACLE] = [at(1), at(4)]
const [DATA_PROVIDER, PROVIDER] = [at(2), at(3)]
/** Each reserve's aToken, stable and variable debt token follow its asset. */
export const [WETH, USDC] = [at(0x100), at(0x200)]
const [A_TOKEN, STABLE, VARIABLE] = [1n, 2n, 3n]
export const tokenOf = (asset: Holder, kind: "aToken" | "stable" | "variable"): Holder =>
  at(Number(BigInt(asset) + { aToken: A_TOKEN, stable: STABLE, variable: VARIABLE }[kind]))

export const RAY = 10n ** 27n
export const CHAIN = chainId("eip155:1")
export const FACTS: EvmChainFacts = {
  chain: CHAIN,
  multicall3: zeroAddress,
  assets: [
    { address: "native", symbol: "ETH", decimals: 18 },
    { address: WETH, symbol: "ETH", decimals: 18 },
    { address: USDC, symbol: "USDC", decimals: 6 },
  ],
}
const PIN: EvmPin = {
  kind: "evm",
  chain: CHAIN,
  blockNumber: 1n,
  blockHash: pad("0x1", { size: 32 }),
  timestamp: 1,
  finality: "finalized",
  inputGrade: "single",
}

/** Two bits a reserve id. */
export const using = (...uses: readonly (readonly [id: number, use: "borrowed" | "collateral"])[]): bigint =>
  uses.reduce((bits, [id, use]) => bits | (1n << BigInt(2 * id + (use === "borrowed" ? 0 : 1))), 0n)

interface ReserveShape {
  readonly id: number
  readonly decimals: number
  readonly loanToValue?: number
  readonly liquidationThreshold?: number
  readonly eModeCategory?: number
}

const configurationWord = (shape: ReserveShape) => {
  const { decimals, loanToValue = 7_500, liquidationThreshold = 8_000, eModeCategory = 0 } = shape
  const terms = BigInt(loanToValue) | (BigInt(liquidationThreshold) << 16n)
  return terms | (BigInt(decimals) << 48n) | (BigInt(eModeCategory) << 168n)
}

/** What `getReserveData` returns; all else is zero. */
export const reserveData = (asset: Holder, shape: ReserveShape) => ({
  configuration: { data: configurationWord(shape) },
  liquidityIndex: 0n,
  currentLiquidityRate: 0n,
  variableBorrowIndex: 0n,
  currentVariableBorrowRate: 0n,
  currentStableBorrowRate: 0n,
  lastUpdateTimestamp: 0,
  id: shape.id,
  aTokenAddress: tokenOf(asset, "aToken"),
  stableDebtTokenAddress: tokenOf(asset, "stable"),
  variableDebtTokenAddress: tokenOf(asset, "variable"),
  interestRateStrategyAddress: zeroAddress,
  accruedToTreasury: 0n,
  unbacked: 0n,
  isolationModeTotalDebt: 0n,
})

/** A value to be encoded, or the result of the call itself. */
export type Scripted = { readonly returns: unknown } | EvmCallResult
export const returns = (value: unknown): Scripted => ({ returns: value })
export const REVERTED: EvmCallResult = { status: "reverted", data: "0x" }
export const EMPTY: EvmCallResult = { status: "empty" }
export const GARBAGE: EvmCallResult = { status: "ok", data: "0x1234" }

/** Keys: `function`, `function(argument)` or `function(argument)@contract`; the most exact one answers. */
export type Script = Readonly<Record<string, Scripted>>

/** A market with WETH (id 0) and USDC (id 1) in which nobody has anything. */
const QUIET: Script = {
  POOL_REVISION: returns(1n),
  ADDRESSES_PROVIDER: returns(PROVIDER),
  getReservesList: returns([WETH, USDC]),
  [`getReserveData(${WETH})`]: returns(reserveData(WETH, { id: 0, decimals: 18 })),
  [`getReserveData(${USDC})`]: returns(reserveData(USDC, { id: 1, decimals: 6 })),
  getReserveNormalizedIncome: returns(RAY),
  getReserveNormalizedVariableDebt: returns(RAY),
  getUserConfiguration: returns({ data: 0n }),
  getUserEMode: returns(0n),
  getUserAccountData: returns([0n, 0n, 0n, 0n, 0n, 0n]),
  getPriceOracle: returns(ORACLE),
  BASE_CURRENCY: returns(zeroAddress),
  BASE_CURRENCY_UNIT: returns(10n ** 8n),
  [`getAssetPrice(${WETH})`]: returns(3_000n * 10n ** 8n),
  [`getAssetPrice(${USDC})`]: returns(10n ** 8n),
  scaledBalanceOf: returns(0n),
  balanceOf: returns(0n),
}

/** Reads the holders from a market that answers as scripted, and counts the rounds it took. */
export function readScripted(script: Script, holders: readonly Holder[] = [ALICE], facts = FACTS) {
  const adapter = aaveV3.create({ pool: POOL, dataProvider: DATA_PROVIDER }, facts)
  const answers = { ...QUIET, ...script }
  const steps = adapter.read(holders, PIN)
  let rounds = 0
  let step = steps.next()
  while (!step.done) {
    rounds += 1
    step = steps.next(step.value.map(call => answer(answers, call)))
  }
  return { ...step.value, rounds }
}

const abiOf = (to: Holder): Abi => {
  if (to === POOL) return poolAbi
  if (to === PROVIDER) return providerAbi
  if (to === DATA_PROVIDER) return dataProviderAbi
  return to === ORACLE ? oracleAbi : aTokenAbi
}

function answer(script: Script, { to, data }: EvmCall): EvmCallResult {
  const abi = abiOf(to)
  const { functionName, args } = decodeFunctionData({ abi, data })
  const called = args?.length ? `${functionName}(${args.join()})` : functionName
  const scripted = script[`${called}@${to}`] ?? script[called] ?? script[functionName]
  if (scripted === undefined) throw new Error(`nothing is scripted for ${called}`)
  if ("status" in scripted) return scripted
  return { status: "ok", data: encodeFunctionResult({ abi, functionName, result: scripted.returns }) }
}
