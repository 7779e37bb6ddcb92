/**
 * `plimsoll doctor`: looks at everything that a configuration depends on and says what to mend.
 */
import type { ChainConfig } from "../../chains/chain-config.js"
import { examineEvm } from "../../chains/evm/doctor.js"
import { type Expectations, type Finding, fine, wrong } from "../../chains/finding.js"
import { priceSourcesOf } from "../../chains/prices/sources.js"
import { examineSolana } from "../../chains/solana/doctor.js"
import { relayerKeypair } from "../../chains/solana/relayer-key.js"
import { fetchSignedVaa } from "../../chains/wormhole/guardian-api.js"
import type { Config, Secrets } from "../config.js"
import { readConfig } from "../config-file.js"
import { policyFrom } from "../policy-source.js"
import { SECRET_VARIABLES, secretsIn } from "../secrets.js"

const MARKS = { ok: "✓", warning: "!", failed: "✗" } as const

export async function doctor({ config: file, json }: { config: string; json?: boolean }): Promise<void> {
  const { config } = await readConfig(file, process.env)
  const findings = await examine(config, secretsIn(process.env), Math.floor(Date.now() / 1000))
  const failed = findings.filter(({ status }) => status === "failed").length
  if (json) console.log(JSON.stringify({ ok: failed === 0, findings }, null, 2))
  else console.log([...findings.map(lineOf), summary(findings.length, failed)].join("\n"))
  if (failed > 0) process.exitCode = 1
}

const lineOf = ({ subject, check, status, detail, remedy }: Finding): string =>
  `${MARKS[status]} ${subject}: ${check}: ${detail}${remedy ? `\n    → ${remedy}` : ""}`

const summary = (count: number, failed: number): string =>
  failed === 0 ? `all ${count} checks passed` : `${failed} of ${count} checks failed`

/**
 * Everything found, in the order of the configuration. Never rejects for what is examined.
 *
 * @param now Unix seconds of this machine.
 */
export async function examine(config: Config, secrets: Secrets, now: number): Promise<readonly Finding[]> {
  const { signal } = new AbortController()
  const expected: Expectations = { mostAge: (await policyFrom(config.policy)).policy.liabilityMaxAge, now }
  const chains = config.chains.map(chain =>
    chain.kind === "evm"
      ? examineEvm(chain, payingKeys(chain, config, secrets), expected, signal)
      : examineSolana(chain, chain.wormhole && secrets.solanaRelayerKey, expected, signal),
  )
  const findings = await Promise.all([
    ...chains,
    examineKeys(config, secrets),
    ...(config.attestation?.guardianApis ?? []).map(api => examineGuardianApi(api, signal)),
    examinePriceSources(config, secrets, signal),
  ])
  return findings.flat()
}

const isKey = (value: string | undefined): value is `0x${string}` => /^0x[0-9a-fA-F]{64}$/.test(value ?? "")

/** Keys that have to have gas on a chain: the publisher's at home, the relayer's wherever there is a receiver. */
function payingKeys(chain: Extract<ChainConfig, { kind: "evm" }>, { attestation }: Config, secrets: Secrets) {
  const { publisherKey, relayerKey } = secrets
  return [
    ...(chain.chain === attestation?.homeChain && isKey(publisherKey)
      ? [{ name: SECRET_VARIABLES.publisherKey, key: publisherKey }]
      : []),
    ...(chain.wormhole.receiver && isKey(relayerKey) ? [{ name: SECRET_VARIABLES.relayerKey, key: relayerKey }] : []),
  ]
}

/** Keys that the configuration needs are there and are keys. */
async function examineKeys({ attestation, chains }: Config, secrets: Secrets): Promise<readonly Finding[]> {
  if (!attestation) return []
  const needsSolana = chains.some(chain => chain.kind === "solana" && chain.wormhole)
  const subject = "environment"
  const needed = [
    { variable: SECRET_VARIABLES.publisherKey, isFine: isKey(secrets.publisherKey), form: "0x and 64 hex digits" },
    { variable: SECRET_VARIABLES.relayerKey, isFine: isKey(secrets.relayerKey), form: "0x and 64 hex digits" },
    ...(needsSolana
      ? [
          {
            variable: SECRET_VARIABLES.solanaRelayerKey,
            isFine: relayerKeypair(secrets.solanaRelayerKey ?? "") !== null,
            form: "the array in a solana-keygen file, or base58",
          },
        ]
      : []),
  ]
  return needed.map(({ variable, isFine, form }) =>
    isFine
      ? fine(subject, variable, "is a key")
      : wrong("failed", { subject, check: variable, detail: "is not set, or no key", remedy: `set it to ${form}` }),
  )
}

/** Asks for a message that there is not: an API that works says so. */
async function examineGuardianApi(api: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const { host } = new URL(api)
  const check = "guardian API"
  const nobody = { emitterChain: 2, emitter: `0x${"00".repeat(32)}`, sequence: 0n } as const
  const answer = await fetchSignedVaa(api, nobody, signal)
  if (answer.status !== "unavailable") return [fine(host, check, "answers")]
  return [wrong("failed", { subject: host, check, detail: answer.reason, remedy: "check attestation.guardianApis" })]
}

async function examinePriceSources(
  { prices }: Config,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const read = await Promise.all(priceSourcesOf(prices, secrets.pythApiKey).map(source => source.read(signal)))
  return read.flat().map(({ symbol, source, doubt }) =>
    doubt
      ? wrong("failed", {
          subject: source,
          check: `price of ${symbol}`,
          detail: doubt.detail,
          remedy: "check prices.hermes and PYTH_API_KEY",
        })
      : fine(source, `price of ${symbol}`, "answers"),
  )
}
