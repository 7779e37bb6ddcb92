/**
 * The contracts of an Aave v3 market from its package's artifacts, deployed and wired but without any reserve.
 */
import { type Address, zeroAddress } from "viem"
import { evmAddress } from "../../evm/address.js"
import { loadArtifact } from "./artifact.js"
import type { DevWallet } from "./deploy.js"

const contract = (path: string) => {
  const name = path.slice(path.lastIndexOf("/") + 1)
  return loadArtifact(`@aave/core-v3/artifacts/contracts/${path}.sol/${name}.json`)
}
const logic = (name: string) => contract(`protocol/libraries/logic/${name}`)

const addressesProvider = contract("protocol/configuration/PoolAddressesProvider")
const aclManager = contract("protocol/configuration/ACLManager")
const poolImplementation = contract("protocol/pool/Pool")
const configuratorImplementation = contract("protocol/pool/PoolConfigurator")
const aaveOracle = contract("misc/AaveOracle")
const protocolDataProvider = contract("misc/AaveProtocolDataProvider")
export const rateStrategy = contract("protocol/pool/DefaultReserveInterestRateStrategy")
const tokenImplementations = {
  aToken: contract("protocol/tokenization/AToken"),
  stableDebt: contract("protocol/tokenization/StableDebtToken"),
  variableDebt: contract("protocol/tokenization/VariableDebtToken"),
}

export const POOL_ABI = poolImplementation.abi
export const CONFIGURATOR_ABI = configuratorImplementation.abi
export const ORACLE_ABI = aaveOracle.abi
/** The market's prices are in US dollars with 8 decimals, as in every Aave v3 market. */
const BASE_CURRENCY_UNIT = 10n ** 8n

export interface AaveContracts {
  readonly addressesProvider: Address
  readonly pool: Address
  readonly configurator: Address
  readonly oracle: Address
  readonly dataProvider: Address
  readonly tokenImplementations: Readonly<Record<keyof typeof tokenImplementations, Address>>
}

/**
 * Deploys the market with `admin` as owner and pool administrator.
 *
 * @param priceSources asset → aggregator with Chainlink's interface.
 */
export async function deployAaveContracts(
  wallet: DevWallet,
  admin: Address,
  priceSources: ReadonlyMap<Address, Address>,
): Promise<AaveContracts> {
  const as = { from: admin }
  const provider = await wallet.deploy(addressesProvider, ["Aave devnet market", admin], as)
  const configure = (functionName: string, value: Address) =>
    wallet.write({ to: provider, abi: addressesProvider.abi, functionName, args: [value], ...as })

  // The ACL manager asks the provider for its admin when it is created.
  await configure("setACLAdmin", admin)
  const acl = await wallet.deploy(aclManager, [provider], as)
  await configure("setACLManager", acl)
  await wallet.write({ to: acl, abi: aclManager.abi, functionName: "addPoolAdmin", args: [admin], ...as })

  const sources = [[...priceSources.keys()], [...priceSources.values()]]
  const oracle = await wallet.deploy(
    aaveOracle,
    [provider, ...sources, zeroAddress, zeroAddress, BASE_CURRENCY_UNIT],
    as,
  )
  await configure("setPriceOracle", oracle)

  const libraries = await deployLibraries(wallet, admin)
  await configure("setPoolImpl", await wallet.deploy(poolImplementation, [provider], { ...as, libraries }))
  await configure("setPoolConfiguratorImpl", await wallet.deploy(configuratorImplementation, [], { ...as, libraries }))
  const dataProvider = await wallet.deploy(protocolDataProvider, [provider], as)
  await configure("setPoolDataProvider", dataProvider)

  const proxy = (functionName: string) => readAddress(wallet, provider, functionName)
  const [pool, configurator] = await Promise.all([proxy("getPool"), proxy("getPoolConfigurator")])
  const [aToken, stableDebt, variableDebt] = await Promise.all([
    wallet.deploy(tokenImplementations.aToken, [pool], as),
    wallet.deploy(tokenImplementations.stableDebt, [pool], as),
    wallet.deploy(tokenImplementations.variableDebt, [pool], as),
  ])
  return {
    addressesProvider: provider,
    pool,
    configurator,
    oracle,
    dataProvider,
    tokenImplementations: { aToken, stableDebt, variableDebt },
  }
}

const STANDALONE_LIBRARIES = [
  "BorrowLogic",
  "BridgeLogic",
  "ConfiguratorLogic",
  "EModeLogic",
  "LiquidationLogic",
  "PoolLogic",
  "SupplyLogic",
]

async function deployLibraries(wallet: DevWallet, from: Address): Promise<Record<string, Address>> {
  const deployed = STANDALONE_LIBRARIES.map(
    async name => [name, await wallet.deploy(logic(name), [], { from })] as const,
  )
  const libraries: Record<string, Address> = Object.fromEntries(await Promise.all(deployed))
  return { ...libraries, FlashLoanLogic: await wallet.deploy(logic("FlashLoanLogic"), [], { from, libraries }) }
}

async function readAddress(wallet: DevWallet, address: Address, functionName: string): Promise<Address> {
  const read = { address, abi: addressesProvider.abi, functionName }
  return evmAddress.parse(await wallet.client.readContract(read))
}
