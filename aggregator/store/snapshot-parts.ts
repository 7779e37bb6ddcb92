/**
 * The accounts of snapshots in parts, each kept once however many epochs it belongs to: what did not change is not
 * written again, and no snapshot has to be one value.
 */
import { createHash } from "node:crypto"
import type { Address } from "../domain/caip.js"
import type { AccountSnapshot } from "../domain/snapshot.js"
import { decodeAccounts } from "../pipeline/snapshot-format.js"
import { EMPTY_MEMORY, type Exposure, remember } from "../pipeline/take-snapshot.js"
import { type Section, sectionText } from "../pipeline/written-snapshot.js"
import type { Database } from "./database.js"
import { fromBytes, packed, toBytes, unpacked } from "./encoding.js"

const ROWS_AT_ONCE = 16

export function snapshotParts(db: Database) {
  /** What this process put into the database itself. */
  const names = new WeakMap<Section, string>()

  /** Of parts that were stored before, those that still are; they belong to this epoch too from now on. */
  async function renewed(sections: readonly Section[], epoch: bigint): Promise<ReadonlySet<string>> {
    const known = sections.flatMap(section => names.get(section) ?? [])
    if (known.length === 0) return new Set()
    const rows = await db
      .updateTable("snapshot_parts")
      .set({ newest: epoch })
      .where("name", "in", known)
      .returning("name")
      .execute()
    return new Set(rows.map(each => each.name))
  }

  async function put(section: Section, epoch: bigint): Promise<string> {
    const text = [...sectionText(section)].join("")
    const name = createHash("sha256").update(text, "utf8").digest("hex")
    const exposure = await toBytes(exposureOf(section.accounts))
    await db
      .insertInto("snapshot_parts")
      .values({ name, bytes: await packed(text), newest: epoch, exposure })
      .onConflict(conflict => conflict.column("name").doUpdateSet({ newest: epoch, exposure }))
      .execute()
    names.set(section, name)
    return name
  }

  async function textOf(name: string): Promise<Buffer> {
    const { bytes } = await db
      .selectFrom("snapshot_parts")
      .select("bytes")
      .where("name", "=", name)
      .executeTakeFirstOrThrow()
    return unpacked(bytes)
  }

  const accountsOf = async (name: string) => decodeAccounts((await textOf(name)).toString("utf8"))

  return {
    /** Stores the sections of an epoch, one at a time; resolves with their names, in order. */
    async keep(sections: readonly Section[], epoch: bigint): Promise<readonly string[]> {
      const there = await renewed(sections, epoch)
      const kept: string[] = []
      for (const section of sections) {
        const name = names.get(section)
        kept.push(name !== undefined && there.has(name) ? name : await put(section, epoch))
      }
      return kept
    },

    /** What the accounts of the parts were seen to hold, without reading about all that they held. */
    async exposure(kept: readonly string[]): Promise<Exposure> {
      const seen = new Map<Address, "assets" | "liabilities">()
      for (let first = 0; first < kept.length; first += ROWS_AT_ONCE) {
        const rows = await db
          .selectFrom("snapshot_parts")
          .select(["name", "exposure"])
          .where("name", "in", kept.slice(first, first + ROWS_AT_ONCE))
          .execute()
        for (const { name, exposure } of rows) {
          const known = exposure ? await fromBytes<Exposure>(exposure) : exposureOf(await accountsOf(name))
          for (const [address, held] of known) seen.set(address, held)
        }
      }
      return seen
    },

    /** The accounts of this id in the parts: at most one. No part without its name in it is made accounts of. */
    async accountsNamed(kept: readonly string[], id: string): Promise<readonly AccountSnapshot[]> {
      const written = JSON.stringify(id)
      for (const name of kept) {
        const text = await textOf(name)
        if (!text.includes(written)) continue
        const found = decodeAccounts(text.toString("utf8")).filter(each => each.id === id)
        if (found.length > 0) return found
      }
      return []
    },

    /** Texts of parts, in the order of the names. */
    async *read(kept: readonly string[]): AsyncGenerator<Buffer> {
      for (const name of kept) yield await textOf(name)
    },
  }
}

const exposureOf = (accounts: readonly AccountSnapshot[]): Exposure =>
  remember(EMPTY_MEMORY, { accounts, prices: [] }).exposure
