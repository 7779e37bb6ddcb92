import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { type OpenDatabase, openDatabase, StoreUnavailableError } from "../../../aggregator/store/database.js"
import { StoreInUseError } from "../../../aggregator/store/folder-lock.js"
import { onEachDatabase, onEachPlace, type Scratch, scratchFolder } from "../../support/databases.js"

let scratch: Scratch | undefined
const open: OpenDatabase[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close()))
  await scratch?.remove()
  scratch = undefined
})

describe("a database", () => {
  onEachPlace(make => {
    it("belongs to one service at a time, and keeps what was written for the next", async () => {
      scratch = await make()
      const first = await openDatabase(scratch.place)
      await first.db
        .insertInto("nonces")
        .values({ nonce: "kept", expires_at: 2n ** 62n })
        .execute()
      await expect(openDatabase(scratch.place)).rejects.toBeInstanceOf(StoreInUseError)
      await first.close()
      const second = await openDatabase(scratch.place)
      open.push(second)
      expect(await second.db.selectFrom("nonces").selectAll().execute()).toEqual([
        { nonce: "kept", expires_at: 2n ** 62n },
      ])
    })
  })

  onEachDatabase(database => {
    it("undoes a transaction that fails, and goes on", async () => {
      const db = database()
      const nonce = { nonce: "n", expires_at: 1n }
      const failing = db.transaction().execute(async transaction => {
        await transaction.insertInto("nonces").values(nonce).execute()
        await transaction.insertInto("nonces").values(nonce).execute()
      })
      await expect(failing).rejects.toMatchObject({ code: "23505" })
      expect(await db.selectFrom("nonces").selectAll().execute()).toEqual([])
    })

    it("keeps two transactions at once apart", async () => {
      const db = database()
      const added = (nonce: string) =>
        db.transaction().execute(async transaction => {
          await transaction.insertInto("nonces").values({ nonce, expires_at: 1n }).execute()
          if (nonce === "b") throw new Error("undo")
        })
      await Promise.allSettled(["a", "b", "c"].map(added))
      const kept = await db.selectFrom("nonces").select("nonce").orderBy("nonce").execute()
      expect(kept.map(each => each.nonce)).toEqual(["a", "c"])
    })
  })

  it("takes over the folder of a process that is no more", async () => {
    scratch = await scratchFolder()
    if (scratch.place.kind !== "folder") throw new Error("no folder")
    await writeFile(join(scratch.place.folder, "lock"), "4194305")
    open.push(await openDatabase(scratch.place))
  })

  it("says which server it cannot reach, and nothing of the password", async () => {
    const url = "postgres://user:secret@127.0.0.1:1/margin?application_name=x"
    const error = await openDatabase({ kind: "postgres", url }).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(String(error)).toContain("margin on 127.0.0.1:1")
    expect(String(error)).not.toContain("secret")
  })
})
