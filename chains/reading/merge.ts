/**
 * Puts together what the adapters of one chain found: one reading an address, one list of prices and quotes.
 * An adapter that broke its contract tells nothing about anybody, so it leaves every address with an unknown liability.
 * What two adapters see of one holding counts once: see `countedOnce`.
 */
import type { Address } from "../../aggregator/domain/caip.js"
import type { AddressReading, LegFault, OptionQuote, PriceObservation } from "../../aggregator/domain/reading.js"
import type { AdapterReading, ReadingSource } from "../adapter.js"
import { shortened } from "../chain-fault.js"
import { countedOnce } from "./counted-once.js"
import type { AdapterOutcome } from "./in-step.js"
import type { Requested } from "./requested.js"

export interface MergedReading {
  readonly addresses: readonly AddressReading[]
  readonly prices: readonly PriceObservation[]
  readonly quotes: readonly OptionQuote[]
  readonly faults: readonly LegFault[]
}

/** @param sources one an outcome, in the same order, which is the order of the legs. */
export function mergeReadings(
  requested: readonly Requested[],
  sources: readonly ReadingSource[],
  outcomes: readonly AdapterOutcome[],
): MergedReading {
  const asked = new Set(requested.flatMap(({ canonical }) => canonical ?? []))
  const readings = countedOnce(
    sources,
    outcomes.map((outcome, index) => readingOf(outcome, sources[index]?.venue ?? "adapter", asked)),
  )
  const priceDoubt = readings.flatMap(reading => reading.priceDoubt ?? [])[0]
  const byAddress = readings.map(reading => new Map(reading.addresses.map(entry => [entry.address, entry])))
  return {
    addresses: requested.map(({ address, canonical, faults }) => {
      const found = canonical === undefined ? [] : byAddress.flatMap(entries => entries.get(canonical) ?? [])
      return {
        address,
        legs: found.flatMap(entry => entry.legs),
        faults: [...faults, ...found.flatMap(entry => entry.faults)],
        native: found.flatMap(entry => entry.native),
      }
    }),
    prices: readings.flatMap(({ prices }) =>
      priceDoubt ? prices.map(each => ({ ...each, doubt: priceDoubt })) : prices,
    ),
    quotes: readings.flatMap(reading => reading.quotes),
    faults: readings.flatMap(reading => reading.faults),
  }
}

function readingOf(outcome: AdapterOutcome, venue: string, asked: ReadonlySet<Address>): AdapterReading {
  const broken = outcome.status === "failed" ? outcome.reason : breachIn(outcome.reading, asked)
  if (outcome.status === "read" && broken === undefined) return outcome.reading
  const fault = { code: "DECODE", venue, unknown: "liability", detail: shortened(`adapter failed: ${broken}`) } as const
  const addresses = [...asked].map(address => ({ address, legs: [], faults: [fault], native: [] }))
  return { addresses, prices: [], quotes: [], faults: [] }
}

/** An entry under an address that nobody asked for would be lost, and its debts with it. */
function breachIn({ addresses }: AdapterReading, asked: ReadonlySet<Address>): string | undefined {
  const stranger = addresses.find(entry => !asked.has(entry.address))
  if (stranger) return `it reported on ${stranger.address}, which was not asked for`
  const distinct = new Set(addresses.map(entry => entry.address))
  return distinct.size < addresses.length ? "it reported on one address twice" : undefined
}
