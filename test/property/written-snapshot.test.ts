/**
 * Writing, hashing and attesting on top of what is known from before gives the very bytes that doing it anew gives.
 */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Attestation } from "../../aggregator/domain/attestation.js"
import { addressOn } from "../../aggregator/domain/caip.js"
import { sha256Text } from "../../aggregator/domain/canonical.js"
import { PORTABLE_HASHING } from "../../aggregator/domain/hashing.js"
import { accountHash } from "../../aggregator/domain/leaf.js"
import type { AccountSnapshot, Snapshot } from "../../aggregator/domain/snapshot.js"
import { nativeHashing } from "../../aggregator/native-hashing.js"
import { assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { attest } from "../../aggregator/pipeline/attest.js"
import { keepUnchanged } from "../../aggregator/pipeline/keep-unchanged.js"
import { BEFORE_ACCOUNTS, decodeSnapshot, encodeSnapshot } from "../../aggregator/pipeline/snapshot-format.js"
import { sectionText, type WrittenSnapshot, writtenSnapshot } from "../../aggregator/pipeline/written-snapshot.js"
import { shippedPolicy } from "../../aggregator/policies/shipped.js"
import { shippedKernel } from "../support/kernel.js"
import { randomSnapshots } from "../support/random-snapshots.js"
import { accountOf, CHAIN, collateral, snapshotOf } from "../support/snapshots.js"

const policy = shippedPolicy("span16")
const snapshots = randomSnapshots(policy.policy.prices)

const wholeText = ({ sections, end }: WrittenSnapshot): string =>
  [BEFORE_ACCOUNTS, ...sections.flatMap(section => [...sectionText(section)]), end].join("")

/** More accounts than a section holds. */
const COUNT = 600
const account = (number: number, amount: number): AccountSnapshot =>
  accountOf([collateral("ETH", String(amount))], {
    id: `account-${number}`,
    addresses: [addressOn(CHAIN, `0x${accountHash(String(number)).slice(-40)}`)],
  })
const accounts = Array.from({ length: COUNT }, (_, i) => account(i, 1))
const first: Snapshot = { ...snapshotOf([]), accounts }

/** What happens between two epochs: an account changes, one comes or goes, or time passes. */
const changes = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("change" as const), at: fc.nat(COUNT), amount: fc.integer({ min: 2, max: 9 }) }),
    fc.record({ kind: fc.constant("leave" as const), at: fc.nat(COUNT), amount: fc.constant(0) }),
    fc.record({
      kind: fc.constant("join" as const),
      at: fc.nat(COUNT),
      amount: fc.integer({ min: COUNT, max: 2_000 }),
    }),
  ),
  { maxLength: 3 },
)

type Changes = typeof changes extends fc.Arbitrary<infer Value> ? Value : never

function nextOf(snapshot: Snapshot, happened: Changes): Snapshot {
  const next = [...snapshot.accounts]
  for (const { kind, at, amount } of happened) {
    const place = at % next.length
    const number = Number(next[place]?.id.slice("account-".length))
    if (kind === "change") next[place] = account(number, amount)
    else if (kind === "leave") next.splice(place, 1)
    else if (!next.some(each => each.id === `account-${amount}`)) next.splice(place, 0, account(amount, 1))
  }
  return { ...snapshot, valuationTime: snapshot.valuationTime + 1, accounts: next }
}

describe("a written snapshot", () => {
  it("is the canonical text in pieces, and its hash that of the text", () => {
    fc.assert(
      fc.property(snapshots, snapshot => {
        const text = encodeSnapshot(snapshot)
        expect(wholeText(writtenSnapshot(snapshot))).toBe(text)
        expect(writtenSnapshot(snapshot).hash).toBe(sha256Text(text))
      }),
      { numRuns: 50 },
    )
  })

  it("is the same whether written anew or after another, by either hashing", async () => {
    const native = nativeHashing(await shippedKernel())
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 4 }), epochs => {
        let [snapshot, before] = [first, writtenSnapshot(first, native)]
        for (const happened of epochs) {
          snapshot = nextOf(snapshot, happened)
          before = writtenSnapshot(snapshot, native, before)
          expect(before.hash).toBe(writtenSnapshot({ ...snapshot }, PORTABLE_HASHING).hash)
          expect(wholeText(before)).toBe(encodeSnapshot(snapshot))
        }
      }),
      { numRuns: 15 },
    )
  })

  it("takes over every section in which no account changed", () => {
    const before = writtenSnapshot(first)
    const moved = writtenSnapshot({ ...first, valuationTime: 7 }, PORTABLE_HASHING, before)
    expect(moved.sections.map((section, i) => section === before.sections[i])).toEqual([true, true, true])
    const next = nextOf(first, [{ kind: "change", at: 300, amount: 5 }])
    const changed = writtenSnapshot(next, PORTABLE_HASHING, before)
    expect(changed.sections.map((section, i) => section === before.sections[i])).toEqual([true, false, true])
  })
})

describe("an attestation", () => {
  it("is the same whether made anew or after another", async () => {
    const kernel = await shippedKernel()
    const terms = {
      epoch: 1n,
      validity: 60,
      revokedBelow: 0n,
      wasmHash: accountHash("wasm"),
      policyHash: policy.hash,
      chains: [{ chain: CHAIN, wormholeChain: 2 }],
    }
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 3 }), epochs => {
        let snapshot = first
        let before: Attestation | null = null
        for (const happened of [[], ...epochs]) {
          snapshot = nextOf(snapshot, happened)
          const assessment = assessSnapshot(snapshot, policy.policy, kernel)
          const anew = attest(assessment, terms)
          before = attest(assessment, terms, nativeHashing(kernel), before)
          expect(before).toEqual(anew)
        }
      }),
      { numRuns: 5 },
    )
  })
})

describe("accounts that are read again", () => {
  it("stay the same objects exactly where nothing changed", () => {
    fc.assert(
      fc.property(snapshots, changes, (random, happened) => {
        for (const snapshot of [random, first]) {
          const copy = decodeSnapshot(encodeSnapshot(snapshot))
          const next = nextOf(copy.accounts.length > 0 ? copy : first, snapshot === first ? happened : [])
          const kept = keepUnchanged(snapshot, next)
          expect(kept).toEqual(next)
          const known = new Map(
            snapshot.accounts.map(each => [each.id, encodeSnapshot({ ...snapshot, accounts: [each] })]),
          )
          for (const each of kept.accounts) {
            const same = known.get(each.id) === encodeSnapshot({ ...snapshot, accounts: [each] })
            expect(snapshot.accounts.includes(each)).toBe(same)
          }
        }
      }),
      { numRuns: 5 },
    )
  })
})
