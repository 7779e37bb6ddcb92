import { describe, expect, it } from "vitest"
import { Seating } from "../../../aggregator/assessment/seating.js"
import type { AccountSnapshot } from "../../../aggregator/domain/snapshot.js"
import { accountOf } from "../../support/snapshots.js"

const account = (id: string): AccountSnapshot => accountOf([], { id })
const [a, b, c, d] = ["a", "b", "c", "d"].map(account) as [
  AccountSnapshot,
  AccountSnapshot,
  AccountSnapshot,
  AccountSnapshot,
]

describe("seats of accounts in threads", () => {
  it("are spread evenly and told once", () => {
    const seating = new Seating(2)
    const { seats, changes } = seating.seat([a, b, c])
    expect(seats.map(each => each.thread)).toEqual([0, 1, 0])
    expect(changes).toEqual([
      [
        [0, a],
        [1, c],
      ],
      [[0, b]],
    ])
    expect(seating.seat([a, b, c])).toEqual({ seats, changes: [[], []] })
  })

  it("stay where they are while others come, go and change", () => {
    const seating = new Seating(2)
    const [seatOfA, , seatOfC] = seating.seat([a, b, c]).seats
    const other = account("c")
    const { seats, changes } = seating.seat([d, other, a])
    expect([seats[1], seats[2]]).toMatchObject([
      { thread: seatOfC?.thread, place: seatOfC?.place },
      { thread: seatOfA?.thread, place: seatOfA?.place },
    ])
    expect(changes).toEqual([
      [[1, other]],
      [
        [1, d],
        [0, null],
      ],
    ])
  })

  it("are given anew when they have become free", () => {
    const seating = new Seating(1)
    seating.seat([a, b])
    seating.seat([b])
    expect(seating.seat([b, c]).seats.map(each => each.place)).toEqual([1, 0])
  })

  it("are not for two accounts of one id", () => {
    expect(() => new Seating(1).seat([a, account("a")])).toThrow("two accounts are called a")
  })
})
