/**
 * `plimsoll serve`: the service on real chains, as a configuration file says.
 */
import { pino } from "pino"
import { parseConfig } from "../config.js"
import { InvalidInputError } from "../domain/errors.js"
import { startService } from "../main.js"
import { readJson } from "./read-json.js"
import { stopSignal } from "./until-stopped.js"

export async function serve({ config: file }: { config: string }): Promise<void> {
  const stopped = stopSignal()
  const log = pino({ name: "plimsoll", level: process.env.LOG_LEVEL ?? "info" })
  const config = parseConfig(await readJson(file))
  const port = process.env.PORT === undefined ? config.port : portFrom(process.env.PORT)
  const secrets = {
    publisherKey: process.env.PLIMSOLL_PUBLISHER_KEY,
    relayerKey: process.env.PLIMSOLL_RELAYER_KEY,
    databaseUrl: process.env.DATABASE_URL,
    pythApiKey: process.env.PYTH_API_KEY,
    solanaRelayerKey: process.env.PLIMSOLL_SOLANA_RELAYER_KEY,
  }
  const service = await startService({ ...config, port }, secrets, log)
  log.info({ url: service.url }, "serving")
  await stopped
  await service.stop()
  log.info("stopped")
}

/** @throws InvalidInputError unless the text is a port number. */
export function portFrom(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidInputError([
    { pointer: "/environment/PORT", code: "INVALID_VALUE", detail: `"${text}" is not a port between 0 and 65535` },
  ])
}
