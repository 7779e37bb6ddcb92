/**
 * Every format of expected results, and which of them a file is of: by its name, else by what is in it.
 */
import { blackScholes } from "./black-scholes.js"
import { derive } from "./derive.js"
import { exchanges } from "./exchanges.js"
import type { VectorFormat } from "./format.js"
import { health } from "./health.js"
import { mango } from "./mango.js"
import { span } from "./span.js"
import { varEs } from "./var-es.js"

/** In the order in which they are tried: those with the most particular shape first. */
const FORMATS: readonly VectorFormat[] = [derive, span, blackScholes, mango, health, exchanges, varEs]

export function formatOf(fileName: string, document: unknown): VectorFormat | undefined {
  const byName = FORMATS.find(({ name }) => fileName === `${name}.json` || fileName.startsWith(`${name}-`))
  return byName ?? FORMATS.find(({ recognises }) => recognises(document))
}
