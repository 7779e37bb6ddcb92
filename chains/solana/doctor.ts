/**
 * Examines Solana as configured: each endpoint by itself, then the mints, the paying key, and one whole pass.
 */
import type { PublicKey } from "@solana/web3.js"
import type { SolanaChainConfig } from "../chain-config.js"
import { described, faultOf } from "../chain-fault.js"
import { ageFinding, type Expectations, type Finding, fine, wrong } from "../finding.js"
import { readAccounts } from "./account-reads.js"
import { SlotRange } from "./context.js"
import { checkGenesis, readClock } from "./pin.js"
import { createSolanaReader } from "./reader.js"
import { relayerKeypair } from "./relayer-key.js"
import { httpEndpoint, type RpcEndpoint } from "./rpc.js"

/** One delivery costs 5,000 lamports: two hundred of them. */
const LITTLE_LAMPORTS = 1_000_000n

/**
 * Examines everything that an endpoint can be asked; never rejects.
 *
 * @param relayerKey as `relayerKeypair` reads it; absent where nothing is delivered to Solana.
 */
export async function examineSolana(
  config: SolanaChainConfig,
  relayerKey: string | undefined,
  expected: Expectations,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const endpoints = config.rpc.map(url => httpEndpoint(url, config))
  const examined = await Promise.all(endpoints.map(endpoint => examineEndpoint(config, endpoint, expected, signal)))
  const usable = endpoints.find((_, index) => examined[index]?.every(({ status }) => status !== "failed"))
  const findings = examined.flat()
  const { name: subject } = config
  if (!usable) {
    const remedy = `mend or replace entries of "rpc" of ${subject}`
    return [...findings, wrong("failed", { subject, check: "endpoints", detail: "none can be used", remedy })]
  }
  const keypair = relayerKey === undefined ? null : relayerKeypair(relayerKey)
  return [
    ...findings,
    ...(await examineAccounts(config, usable, keypair?.publicKey, signal)),
    ...(await examinePass(config, signal)),
  ]
}

async function examineEndpoint(
  { name, chain, commitment, mostHeadAge }: SolanaChainConfig,
  endpoint: RpcEndpoint,
  { mostAge, now }: Expectations,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const subject = `${name} ${endpoint.host}`
  try {
    await checkGenesis(endpoint, chain, signal)
  } catch (error) {
    const { code, message } = faultOf(error)
    const remedy =
      code === "WRONG_CHAIN" ? `put an endpoint of ${chain} here` : "check the URL, its key and the network"
    return [wrong("failed", { subject, check: "chain id", detail: `${code}: ${message}`, remedy })]
  }
  try {
    const { unixTime } = await readClock(endpoint, anywhere(commitment), signal)
    const limits = { mostAge: Math.min(mostAge, mostHeadAge ?? mostAge), now }
    return [fine(subject, "chain id", chain), ageFinding(subject, commitment, unixTime, limits)]
  } catch (error) {
    const { code, message } = faultOf(error)
    return [wrong("failed", { subject, check: "clock", detail: `${code}: ${message}`, remedy: "use another endpoint" })]
  }
}

const anywhere = (commitment: SolanaChainConfig["commitment"]) => new SlotRange(commitment, 0, Number.POSITIVE_INFINITY)

/** Mints and programs that the configuration names have to be there; the paying key needs lamports. */
async function examineAccounts(
  { name: subject, commitment, assets, wormhole }: SolanaChainConfig,
  endpoint: RpcEndpoint,
  payer: PublicKey | undefined,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const named = [
    ...assets.flatMap(({ mint, symbol }) => (mint === "native" ? [] : [{ what: `mint of ${symbol}`, key: mint }])),
    ...(wormhole
      ? [
          { what: "wormhole.core", key: wormhole.core },
          { what: "wormhole.receiver", key: wormhole.receiver },
        ]
      : []),
  ]
  const keys = [...named.map(({ key }) => key), ...(payer ? [payer.toBase58()] : [])]
  const check = "accounts"
  try {
    const reads = keys.map(key => ({ kind: "accounts", keys: [key] }) as const)
    const results = await readAccounts(endpoint, reads, anywhere(commitment), signal)
    const accountOf = (index: number) => {
      const result = results[index]
      return result?.status === "ok" ? result.accounts[0] : undefined
    }
    const missing = named.filter((_, index) => !accountOf(index))
    const findings = missing.map(({ what, key }) =>
      wrong("failed", {
        subject,
        check,
        detail: `${what}: ${key} does not exist`,
        remedy: `correct ${what} in the configuration`,
      }),
    )
    if (missing.length === 0) findings.push(fine(subject, check, `${named.length} accounts exist`))
    if (payer) findings.push(gasFinding(subject, payer, accountOf(named.length)?.lamports ?? 0n))
    return findings
  } catch (error) {
    return [wrong("failed", { subject, check, detail: described(error), remedy: "try again" })]
  }
}

function gasFinding(chain: string, payer: PublicKey, lamports: bigint): Finding {
  const subject = `${chain} PLIMSOLL_SOLANA_RELAYER_KEY`
  const detail = `${payer.toBase58()} has ${lamports} lamports`
  const remedy = `send SOL to ${payer.toBase58()}`
  if (lamports >= LITTLE_LAMPORTS) return fine(subject, "gas", detail)
  return wrong(lamports === 0n ? "failed" : "warning", { subject, check: "gas", detail, remedy })
}

/** A pass over nobody: shows whether every source of the chain answers as the service will ask it. */
async function examinePass(config: SolanaChainConfig, signal: AbortSignal): Promise<readonly Finding[]> {
  const { name: subject } = config
  const check = "read"
  const reading = await createSolanaReader(config).read([], signal)
  if (reading.status === "unavailable") {
    const detail = `${reading.code}: ${reading.detail}`
    return [
      wrong("failed", { subject, check, detail, remedy: "mend what is named; the service would not read this chain" }),
    ]
  }
  const { pin, prices, faults } = reading
  const slots = pin.kind === "solana" ? `slots ${pin.minSlot} to ${pin.maxSlot}` : ""
  return [
    fine(subject, check, `${slots}, grade ${pin.inputGrade}, ${prices.length} prices`),
    ...faults.map(({ venue, code, detail }) =>
      wrong("warning", {
        subject: `${subject} ${venue}`,
        check,
        detail: `${code}: ${detail}`,
        remedy: `check the settings of ${venue}`,
      }),
    ),
  ]
}
