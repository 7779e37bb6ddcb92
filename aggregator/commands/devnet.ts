/**
 * `plimsoll devnet`: local chains, the service and the relay in one go, ready to look at.
 */
import { pino } from "pino"
import { startDevnet } from "../../chains/devnet/devnet.js"
import { parseConfig } from "../config.js"
import { requireFreePort } from "../listen.js"
import { startService } from "../main.js"
import { portFrom } from "./serve.js"
import { stopSignal } from "./until-stopped.js"

const HOST = "127.0.0.1"
const DEFAULT_PORT = 8787
const REFRESH_SECONDS = 3
const EPOCH_SECONDS = 15

export async function devnet(): Promise<void> {
  const stopped = stopSignal()
  const port = portFrom(process.env.PORT ?? String(DEFAULT_PORT))
  const log = pino({ name: "plimsoll", level: process.env.LOG_LEVEL ?? "warn" })
  const started = performance.now()
  const say = (text: string) =>
    console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`)

  await requireFreePort({ host: HOST, port })
  say("starting local chains …")
  const chains = await startDevnet(done => say(`✓ ${done}`))
  const stopChains = async () => {
    say("stopping chains …")
    await chains.stop()
  }
  try {
    const config = parseConfig({
      chains: chains.chains,
      accounts: chains.accounts,
      host: HOST,
      port,
      refreshSeconds: REFRESH_SECONDS,
      // Its chains are new each time: nothing of an earlier run would fit.
      storage: { folder: null },
      // It listens to this machine alone, and whoever tries an alert listens there too.
      webhooks: { owners: { allowPrivateTargets: true } },
      attestation: {
        homeChain: chains.homeChain,
        guardianApis: [chains.guardianApi],
        epochSeconds: EPOCH_SECONDS,
        validitySeconds: 20 * EPOCH_SECONDS,
      },
    })
    const service = await startService(
      config,
      {
        publisherKey: chains.keys.publisher,
        relayerKey: chains.keys.relayer,
        solanaRelayerKey: chains.keys.solanaRelayer,
      },
      log,
    )
    chains.openMarket(error => log.error({ err: error }, "a price push failed"))
    say("✓ Service and relay")
    console.log(welcome(service.url))
    await stopped
    say("stopping the service …")
    await service.stop()
  } finally {
    await stopChains()
  }
  say("stopped")
}

const welcome = (url: string) => `
  plimsoll is up: ${url}

  Try:
    curl ${url}/v1/accounts
    curl ${url}/v1/accounts/hedged-book/margin
    curl ${url}/v1/attestations/latest

  Ctrl-C stops everything.
`
