/**
 * The whole system as `plimsoll devnet` starts it, in this process: local chains, service and relay, a market that
 * only the test moves and that never falls silent.
 */
import { pino } from "pino"
import type { z } from "zod"
import { parseConfig } from "../../aggregator/config.js"
import { type RunningService, startService } from "../../aggregator/main.js"
import type { ChainConfigInput } from "../../chains/chain-config.js"
import { type Devnet, startDevnet } from "../../chains/devnet/devnet.js"
import type { PushedPrices } from "../../chains/devnet/evm/price-feeds.js"
import { pricesAt } from "../../chains/devnet/market-path.js"

export interface RunningDevnet {
  readonly devnet: Devnet
  readonly service: RunningService
  /** The parsed body of an answer, whatever its status. */
  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>>
  stop(): Promise<void>
}

export interface DevnetOptions {
  /** The chains as the service shall see them; the devnet's own when absent. */
  chainsFor?(chains: readonly ChainConfigInput[]): Promise<readonly ChainConfigInput[]>
  readonly epochSeconds?: number
}

const REFRESH_SECONDS = 0.5
/** Of each request to a chain: what answers has answered by then on any machine. */
const PATIENT_MS = 120_000
/** A price is good for two minutes: within them a slow machine pushes it a few times. */
const PUSH_EVERY_MS = 15_000

export async function startRunningDevnet({
  chainsFor = async chains => chains,
  // Longer than a delivery takes on a slow machine, so that an epoch is delivered before the next begins.
  epochSeconds = 20,
}: DevnetOptions = {}): Promise<RunningDevnet> {
  const devnet = await startDevnet(() => {})
  const market = stillMarket(devnet)
  const stop = async () => {
    await market.stop()
    await devnet.stop()
  }
  try {
    await market.pushPrices({})
    const config = parseConfig({
      chains: (await chainsFor(devnet.chains)).map(chain => ({ timeoutMs: PATIENT_MS, ...chain })),
      accounts: devnet.accounts,
      port: 0,
      storage: { folder: null },
      refreshSeconds: REFRESH_SECONDS,
      attestation: {
        homeChain: devnet.homeChain,
        guardianApis: [devnet.guardianApi],
        epochSeconds,
        validitySeconds: 3_600,
      },
    })
    const { publisher: publisherKey, relayer: relayerKey, solanaRelayer: solanaRelayerKey } = devnet.keys
    const secrets = { publisherKey, relayerKey, solanaRelayerKey }
    const service = await startService(config, secrets, pino({ level: "silent" }))
    return {
      devnet: { ...devnet, pushPrices: market.pushPrices },
      service,
      get: async (path, schema) => schema.parse(await (await fetch(service.url + path)).json()),
      stop: async () => {
        await service.stop()
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Prices stand where they were pushed last, and are pushed again and again, one push after the other. */
function stillMarket(devnet: Devnet) {
  let prices: PushedPrices = pricesAt(0)
  let underway = Promise.resolve()
  const pushPrices = (moved: PushedPrices): Promise<void> => {
    prices = { ...prices, ...moved }
    const push = underway.then(() => devnet.pushPrices(prices))
    underway = push.catch(() => undefined)
    return push
  }
  const timer = setInterval(() => {
    pushPrices({}).catch(error => console.error("a price was not pushed again", error))
  }, PUSH_EVERY_MS)
  return {
    pushPrices,
    stop: async () => {
      clearInterval(timer)
      await underway
    },
  }
}
