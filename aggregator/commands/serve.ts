/**
 * `plimsoll serve`: the service on real chains, as a configuration file says.
 */
import { pino } from "pino"
import { readConfig } from "../config-file.js"
import { InvalidInputError } from "../domain/errors.js"
import { startService } from "../main.js"
import { secretsIn } from "../secrets.js"
import { stopSignal } from "./until-stopped.js"

export async function serve({ config: file }: { config: string }): Promise<void> {
  const stopped = stopSignal()
  const log = pino({ name: "plimsoll", level: process.env.LOG_LEVEL ?? "info" })
  const { config } = await readConfig(file, process.env)
  const port = process.env.PORT === undefined ? config.port : portFrom(process.env.PORT)
  const service = await startService({ ...config, port }, secretsIn(process.env), log)
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
