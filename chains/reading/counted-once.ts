/**
 * The rule that one holding counts once, whichever adapters see it: a receipt token gives way to what it redeems for,
 * and a position that is reported more than once belongs to nobody for certain.
 */
import type { AddressReading, LegFault } from "../../aggregator/domain/reading.js"
import type { AdapterReading, ReadingSource } from "../adapter.js"

/** @param sources one a reading, in the same order. */
export function countedOnce(
  sources: readonly ReadingSource[],
  readings: readonly AdapterReading[],
): readonly AdapterReading[] {
  const receipts = new Set<string>(readings.flatMap(reading => reading.receipts ?? []))
  const repeated = repeatedPositions(readings)
  if (receipts.size === 0 && repeated.size === 0) return readings
  return readings.map((reading, index) => ({
    ...reading,
    addresses: reading.addresses.map(entry => {
      const kept = sources[index]?.countsTokens ? withoutReceipts(entry, receipts) : entry
      return withoutRepeated(kept, repeated)
    }),
  }))
}

/** The venue that issued a receipt counts what it stands for, or says why it cannot. */
const withoutReceipts = (entry: AddressReading, receipts: ReadonlySet<string>): AddressReading => ({
  ...entry,
  legs: entry.legs.filter(leg => !("asset" in leg && receipts.has(leg.asset))),
})

/** Every address that shows the position fails closed: counting it for one of them would be a guess. */
function withoutRepeated(entry: AddressReading, repeated: ReadonlySet<string>): AddressReading {
  const isRepeated = (leg: AddressReading["legs"][number]) => "positionId" in leg && repeated.has(leg.positionId)
  const lost = entry.legs.filter(isRepeated)
  if (lost.length === 0) return entry
  const faults = lost.map(
    (leg): LegFault => ({
      code: "DECODE",
      venue: leg.venue,
      unknown: "position",
      detail: `position ${"positionId" in leg ? leg.positionId : ""} is reported more than once`,
    }),
  )
  return { ...entry, legs: entry.legs.filter(leg => !isRepeated(leg)), faults: [...entry.faults, ...faults] }
}

function repeatedPositions(readings: readonly AdapterReading[]): ReadonlySet<string> {
  const [seen, repeated] = [new Set<string>(), new Set<string>()]
  for (const leg of readings.flatMap(({ addresses }) => addresses.flatMap(({ legs }) => legs))) {
    if (!("positionId" in leg)) continue
    if (seen.has(leg.positionId)) repeated.add(leg.positionId)
    seen.add(leg.positionId)
  }
  return repeated
}
