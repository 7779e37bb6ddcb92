/**
 * What an epoch's row says of it, also where an earlier version wrote all leaves behind that: they are neither fetched nor
 * expanded.
 */
import { sql } from "kysely"
import type { AttestedEpoch } from "../domain/attestation.js"
import { fromText, unpackedBeginning } from "./encoding.js"

/** Many times what an epoch without leaves takes. */
const BEGINNING_BYTES = 32_768
/** The last member of an attestation, and no text before it can have these quotes. */
const LEAVES = ',"leaves":['

export const attestedColumn = sql<Uint8Array>`substring(attestation from 1 for ${sql.lit(BEGINNING_BYTES)})`.as(
  "attested",
)

export async function attestedIn(column: Uint8Array): Promise<AttestedEpoch> {
  const text = (await unpackedBeginning(column)).toString("utf8")
  const end = text.indexOf(LEAVES)
  return fromText(end === -1 ? text : `${text.slice(0, end)}}`)
}
