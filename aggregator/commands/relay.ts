/**
 * `plimsoll relay`: carries what any aggregator publishes to the chains of a configuration. It holds a gas key only.
 */
import { pino } from "pino"
import { relayerKeypair } from "../../chains/solana/relayer-key.js"
import { InvalidInputError } from "../domain/errors.js"
import { readJson } from "../read-json.js"
import { dryRun, type PlannedDelivery } from "../relay/dry-run.js"
import { parseRelayConfig, type RelayConfig } from "../relay/relay-config.js"
import { startRelay } from "../relay/run-relay.js"
import { stopSignal } from "./until-stopped.js"

export interface RelayCommandOptions {
  readonly config: string
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** @throws InvalidInputError for a wrong configuration or a missing key. */
export async function relay({ config: file, ...options }: RelayCommandOptions, say = console.log): Promise<void> {
  const config = parseRelayConfig(await readJson(file))
  const keys = keysFor(config)
  if (options.dryRun) {
    const plan = await dryRun(config, keys, new AbortController().signal)
    say(options.json ? JSON.stringify(plan, null, 2) : plan.map(lineOf).join("\n"))
    return
  }
  const stopped = stopSignal()
  const log = pino({ name: "plimsoll-relay", level: process.env.LOG_LEVEL ?? "info" })
  const running = await startRelay(config, keys, log)
  log.info({ url: `${running.url}/metrics` }, "relaying")
  await stopped
  await running.stop()
  log.info("stopped")
}

const KEY = /^0x[0-9a-fA-F]{64}$/

function keysFor({ chains }: RelayConfig) {
  const { PLIMSOLL_RELAYER_KEY: evm = "", PLIMSOLL_SOLANA_RELAYER_KEY: solana = "" } = process.env
  const needs = (kind: string) => chains.some(each => each.kind === kind)
  const missing = [
    ...(needs("evm") && !KEY.test(evm) ? [["PLIMSOLL_RELAYER_KEY", "a private key, 0x and 64 hex digits"]] : []),
    ...(needs("solana") && !relayerKeypair(solana)
      ? [["PLIMSOLL_SOLANA_RELAYER_KEY", "a Solana secret key: the array in a solana-keygen file, or base58"]]
      : []),
  ]
  if (missing.length > 0) {
    throw new InvalidInputError(
      missing.map(([variable, what]) => ({
        pointer: `/environment/${variable}`,
        code: "KEY_MISSING",
        detail: `set this environment variable to ${what}`,
      })),
    )
  }
  return { evm: evm as `0x${string}`, solana }
}

function lineOf({ name, action, epoch, trigger, reason, gas, feeCoins }: PlannedDelivery): string {
  const cost = feeCoins === null ? "" : `, ${gas} gas, at most ${feeCoins} coins`
  const why = trigger ?? reason ?? ""
  return `${name}: ${action}${epoch === null ? "" : ` epoch ${epoch}`} (${why})${cost}`
}
