/**
 * What most endpoints say: k of n have to give the same answer for it to count, and the others are named.
 * All are waited for, because who lies shows only in comparison; one that hangs is put to rest by its own guard.
 */
import { createHash } from "node:crypto"
import type { ChainFaultCode, Dissent } from "../../aggregator/domain/reading.js"
import { ChainFault, faultOf, shortened } from "../chain-fault.js"

export interface Member {
  readonly host: string
}

/** What one endpoint answered. `identity` is compared: equal texts are equal answers. */
export type Ballot<Value> =
  | { readonly host: string; readonly status: "ok"; readonly value: Value; readonly identity: string }
  | { readonly host: string; readonly status: "fault"; readonly fault: ChainFault }

export interface Verdict<Value> {
  /** All answers of the majority, in the order of the members. */
  readonly agreed: readonly Value[]
  readonly dissents: readonly Dissent[]
}

/** Asks every member; a failure is a ballot too. */
export const ballots = <Endpoint extends Member, Value>(
  members: readonly Endpoint[],
  ask: (member: Endpoint) => Promise<Value>,
  identityOf: (value: Value) => string,
): Promise<readonly Ballot<Value>[]> =>
  Promise.all(
    members.map(async (member): Promise<Ballot<Value>> => {
      const { host } = member
      try {
        const value = await ask(member)
        return { host, status: "ok", value, identity: identityOf(value) }
      } catch (error) {
        return { host, status: "fault", fault: faultOf(error) }
      }
    }),
  )

/**
 * The answer that at least `quorum` members gave; `undefined` when there is none, or more than one.
 */
export function verdictOf<Value>(cast: readonly Ballot<Value>[], quorum: number): Verdict<Value> | undefined {
  const given = new Map<string, Value[]>()
  for (const ballot of cast) {
    if (ballot.status !== "ok") continue
    const same = given.get(ballot.identity)
    if (same) same.push(ballot.value)
    else given.set(ballot.identity, [ballot.value])
  }
  const winners = [...given].filter(([, values]) => values.length >= quorum)
  const [winner] = winners
  if (!winner || winners.length > 1) return undefined
  const [identity, agreed] = winner
  const dissents = cast.flatMap((ballot): Dissent[] => {
    if (ballot.status === "fault") return [dissentOf(ballot.host, ballot.fault)]
    if (ballot.identity === identity) return []
    const detail = `answered ${digest(ballot.identity)}, ${agreed.length} others ${digest(identity)}`
    return [{ endpoint: ballot.host, code: "OUTVOTED", detail }]
  })
  return { agreed, dissents }
}

export const dissentOf = (endpoint: string, { code, message }: ChainFault): Dissent => ({
  endpoint,
  code,
  detail: message,
})

/** A state that moved under the pass is worth another pass, whatever the other members say. */
const MOVED: readonly ChainFaultCode[] = ["PIN_LOST", "PIN_SKEW"]

/** Why no quorum came about: that the state moved, the members' commonest failure, or that they contradict each other. */
export function noQuorum(cast: readonly Ballot<unknown>[], quorum: number, what: string): ChainFault {
  const faults = cast.flatMap(ballot => (ballot.status === "fault" ? [ballot] : []))
  const words = cast.map(ballot =>
    ballot.status === "fault"
      ? `${ballot.host}: ${ballot.fault.message}`
      : `${ballot.host}: answered ${digest(ballot.identity)}`,
  )
  const codes = faults.map(({ fault }) => fault.code)
  // Members whose answers would have been enough but differ contradict each other: that is news of its own.
  const contradicted = cast.length - faults.length >= quorum
  const code = MOVED.find(moved => codes.includes(moved)) ?? (contradicted ? "NO_QUORUM" : commonest(codes))
  return new ChainFault(code, shortened(`no ${quorum} of ${cast.length} agree on ${what}: ${words.join("; ")}`))
}

function commonest(codes: readonly ChainFaultCode[]): ChainFaultCode {
  const count = (code: ChainFaultCode) => codes.filter(each => each === code).length
  return codes.toSorted((a, b) => count(b) - count(a))[0] ?? "NO_QUORUM"
}

/** Long answers by the first digits of their hash. */
const digest = (identity: string): string => `0x${createHash("sha256").update(identity).digest("hex").slice(0, 12)}…`
