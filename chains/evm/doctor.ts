/**
 * Examines an EVM chain as configured: each endpoint by itself, then the contracts, the keys, and one whole pass.
 */
import { formatEther, type Hex, type Address as Holder, isAddress } from "viem"
import { privateKeyToAddress } from "viem/accounts"
import type { EvmChainConfig } from "../chain-config.js"
import { described, faultOf } from "../chain-fault.js"
import { ageFinding, type Expectations, type Finding, fine, wrong } from "../finding.js"
import { checkChainId, resolveHead } from "./pin.js"
import { createEvmReader } from "./reader.js"
import { httpEndpoint, type RpcEndpoint } from "./rpc.js"
import { throughLens } from "./through-lens.js"

/** A key that pays for transactions on this chain. */
export interface PayingKey {
  /** The variable that holds it. */
  readonly name: string
  readonly key: Hex
}

/** Examines everything that an endpoint can be asked; never rejects. */
export async function examineEvm(
  config: EvmChainConfig,
  keys: readonly PayingKey[],
  expected: Expectations,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const endpoints = config.rpc.map(url => httpEndpoint(url, config))
  const examined = await Promise.all(endpoints.map(endpoint => examineEndpoint(config, endpoint, expected, signal)))
  const usable = endpoints.find((_, index) => examined[index]?.every(({ status }) => status !== "failed"))
  const findings = examined.flat()
  const quorum = config.quorum ?? 1
  const agreeing = examined.filter(each => each.every(({ status }) => status !== "failed")).length
  if (agreeing < quorum) {
    findings.push(
      wrong("failed", {
        subject: config.name,
        check: "endpoints",
        detail: `${agreeing} of ${endpoints.length} endpoints can be used, ${quorum} are needed`,
        remedy: `mend or replace entries of "rpc" of ${config.name}`,
      }),
    )
  }
  if (!usable) return findings
  return [
    ...findings,
    ...(await examineContracts(config, usable, signal)),
    ...(await Promise.all(keys.map(key => examineBalance(config, usable, key, signal)))),
    ...(await examinePass(config, signal)),
  ]
}

async function examineEndpoint(
  { name, chain, finality, multicall3, blockContext, mostHeadAge }: EvmChainConfig,
  endpoint: RpcEndpoint,
  { mostAge, now }: Expectations,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const subject = `${name} ${endpoint.host}`
  try {
    await checkChainId(endpoint, chain, signal)
  } catch (error) {
    const { code, message } = faultOf(error)
    const remedy =
      code === "WRONG_CHAIN" ? `put an endpoint of ${chain} here` : "check the URL, its key and the network"
    return [wrong("failed", { subject, check: "chain id", detail: `${code}: ${message}`, remedy })]
  }
  const findings = [fine(subject, "chain id", chain)]
  try {
    const head = await resolveHead(endpoint, { chain, finality, inputGrade: "single" }, signal)
    findings.push(
      ageFinding(subject, finality, head.pin.timestamp, { mostAge: Math.min(mostAge, mostHeadAge ?? mostAge), now }),
    )
    const lens = await throughLens({ endpoint, multicall3, head, blockContext }, [LENS_CALL], signal).then(
      () => fine(subject, "state override", "reads go through the lens"),
      error => lensFinding(subject, error),
    )
    findings.push(lens)
  } catch (error) {
    const { code, message } = faultOf(error)
    const remedy = `use an endpoint that knows ${finality} blocks and their state`
    findings.push(wrong("failed", { subject, check: "head", detail: `${code}: ${message}`, remedy }))
  }
  return findings
}

/** Any call does; the identity precompile is on every chain. */
const LENS_CALL = { to: "0x0000000000000000000000000000000000000004", data: "0x01" } as const

function lensFinding(subject: string, error: unknown): Finding {
  const { code, message } = faultOf(error)
  if (code === "RPC_REFUSED") {
    const remedy = "nothing has to be done; an endpoint with state overrides needs fewer requests"
    return wrong("warning", { subject, check: "state override", detail: "reads go through Multicall3", remedy })
  }
  const remedy = "use an endpoint that answers eth_call at a block hash (EIP-1898)"
  return wrong("failed", { subject, check: "state override", detail: `${code}: ${message}`, remedy })
}

/** Every contract that the configuration names has to be there. */
async function examineContracts(
  config: EvmChainConfig,
  endpoint: RpcEndpoint,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const codes = await Promise.all(
    contractsIn(config).map(async ({ what, address }) => ({
      what,
      address,
      code: await codeAt(endpoint, address, signal),
    })),
  )
  const bad = codes.filter(({ code }) => code !== "there")
  if (bad.length === 0) return [fine(config.name, "contracts", `${codes.length} addresses have code`)]
  return bad.map(({ what, address, code }) =>
    wrong("failed", {
      subject: config.name,
      check: "contracts",
      detail: code === "empty" ? `${what}: there is no code at ${address}` : `${what}: ${code}`,
      remedy: code === "empty" ? `put the address of ${what} on ${config.chain} into the configuration` : "try again",
    }),
  )
}

async function codeAt(endpoint: RpcEndpoint, address: Holder, signal: AbortSignal): Promise<string> {
  try {
    return (await endpoint.request("eth_getCode", [address, "latest"], signal)) === "0x" ? "empty" : "there"
  } catch (error) {
    return described(error)
  }
}

interface NamedContract {
  readonly what: string
  readonly address: Holder
}

function contractsIn({ multicall3, wormhole, assets, adapters }: EvmChainConfig): readonly NamedContract[] {
  return [
    { what: "multicall3", address: multicall3 },
    { what: "wormhole.core", address: wormhole.core },
    ...(wormhole.receiver ? [{ what: "wormhole.receiver", address: wormhole.receiver }] : []),
    ...assets.flatMap(({ address, symbol }) => (address === "native" ? [] : [{ what: `asset ${symbol}`, address }])),
    ...adapters.flatMap(({ adapter, ...settings }) => addressesIn(settings, adapter)),
  ]
}

/** Addresses anywhere in an adapter's settings, under the path that leads to them. */
function addressesIn(value: unknown, path: string): readonly NamedContract[] {
  if (typeof value === "string") return isAddress(value, { strict: false }) ? [{ what: path, address: value }] : []
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => addressesIn(item, `${path}.${key}`))
}

/** About a hundred deliveries at 100,000 gas and 1 gwei. */
const LITTLE_WEI = 10n ** 16n

async function examineBalance(
  { name: chain }: EvmChainConfig,
  endpoint: RpcEndpoint,
  { name, key }: PayingKey,
  signal: AbortSignal,
): Promise<Finding> {
  const address = privateKeyToAddress(key)
  const subject = `${chain} ${name}`
  const check = "gas"
  const remedy = `send gas to ${address} on ${chain}`
  try {
    const balance = BigInt(String(await endpoint.request("eth_getBalance", [address, "latest"], signal)))
    const detail = `${address} has ${formatEther(balance)}`
    if (balance === 0n) return wrong("failed", { subject, check, detail, remedy })
    return balance < LITTLE_WEI ? wrong("warning", { subject, check, detail, remedy }) : fine(subject, check, detail)
  } catch (error) {
    return wrong("failed", { subject, check, detail: described(error), remedy: "try again" })
  }
}

/** A pass over nobody: shows whether every source of the chain answers as the service will ask it. */
async function examinePass(config: EvmChainConfig, signal: AbortSignal): Promise<readonly Finding[]> {
  const { name: subject } = config
  const check = "read"
  const reading = await createEvmReader(config).read([], signal)
  if (reading.status === "unavailable") {
    const detail = `${reading.code}: ${reading.detail}`
    return [
      wrong("failed", { subject, check, detail, remedy: "mend what is named; the service would not read this chain" }),
    ]
  }
  const faults = reading.faults.map(({ venue, code, detail }) =>
    wrong("warning", {
      subject: `${subject} ${venue}`,
      check,
      detail: `${code}: ${detail}`,
      remedy: `check the settings of ${venue}`,
    }),
  )
  const dissents = (reading.dissents ?? []).map(({ endpoint, code, detail }) =>
    wrong("warning", {
      subject: `${subject} ${endpoint}`,
      check,
      detail: `${code}: ${detail}`,
      remedy: code === "OUTVOTED" ? "do not trust this endpoint" : "mend or replace this endpoint",
    }),
  )
  const { pin, prices } = reading
  const block = pin.kind === "evm" ? pin.blockNumber : pin.minSlot
  return [
    fine(subject, check, `block ${block}, grade ${pin.inputGrade}, ${prices.length} prices`),
    ...faults,
    ...dissents,
  ]
}
