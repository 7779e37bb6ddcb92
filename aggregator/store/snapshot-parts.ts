/**
 * The accounts of snapshots in parts, each kept once however many epochs it belongs to: what did not change is not
 * written again, and no snapshot has to be one value.
 */
import { createHash } from "node:crypto"
import { type Section, sectionText } from "../pipeline/written-snapshot.js"
import type { Database } from "./database.js"
import { packed, unpacked } from "./encoding.js"

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
    await db
      .insertInto("snapshot_parts")
      .values({ name, bytes: await packed(text), newest: epoch })
      .onConflict(conflict => conflict.column("name").doUpdateSet({ newest: epoch }))
      .execute()
    names.set(section, name)
    return name
  }

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

    /** Texts of parts, in the order of the names. */
    async *read(kept: readonly string[]): AsyncGenerator<Buffer> {
      for (const name of kept) {
        const { bytes } = await db
          .selectFrom("snapshot_parts")
          .select("bytes")
          .where("name", "=", name)
          .executeTakeFirstOrThrow()
        yield await unpacked(bytes)
      }
    },
  }
}
