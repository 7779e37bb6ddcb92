/**
 * Several nodes of Solana as one. They answer each at the slot they are at: equal values at different slots agree, and
 * values that differ contradict each other only at one slot. So what did not agree is asked again, a few times.
 */
import { z } from "zod"
import { ChainFault } from "../chain-fault.js"
import type { QuorumParts } from "../reading/source.js"
import { type Ballot, ballots, noQuorum, verdictOf } from "../reading/vote.js"
import type { RpcAnswer, RpcCall, RpcEndpoint } from "./rpc.js"

/** With nodes a few slots apart most answers agree at once and the rest within two or three rounds. */
const MOST_ROUNDS = 8

/** @throws ChainFault from a batch when fewer than the quorum agree on one of its answers. */
export function quorumEndpoint({ host, members, quorum, note }: QuorumParts<RpcEndpoint>): RpcEndpoint {
  /** One answer a call; `undefined` where no quorum came about. */
  async function vote(calls: readonly RpcCall[], signal: AbortSignal) {
    const cast = await ballots(
      members,
      member => member.batch(calls, signal),
      () => "",
    )
    return calls.map((_, index) => ballotsOn(cast, index)).map(onOne => ({ onOne, verdict: verdictOf(onOne, quorum) }))
  }

  return {
    host,
    async batch(calls, signal) {
      const answers: RpcAnswer[] = []
      let open = calls.map((call, index) => ({ call, index }))
      for (let round = 1; ; round++) {
        const votes = await vote(
          open.map(({ call }) => call),
          signal,
        )
        const undecided: typeof open = []
        votes.forEach(({ onOne, verdict }, place) => {
          const asked = open[place]
          if (!asked) return
          if (verdict === undefined) {
            if (round === MOST_ROUNDS || !isWorthAnother(onOne, quorum)) throw failure(onOne, quorum, asked.call.method)
            undecided.push(asked)
          } else {
            answers[asked.index] = oldest(verdict.agreed)
            note(
              verdict.dissents.filter(
                ({ endpoint, code }) => code !== "OUTVOTED" || isContradiction(onOne, endpoint, verdict.agreed),
              ),
            )
          }
        })
        if (undecided.length === 0) return answers
        open = undecided
      }
    },
  }
}

/** What each member said on one call of a batch. */
const ballotsOn = (cast: readonly Ballot<readonly RpcAnswer[]>[], index: number): readonly Ballot<RpcAnswer>[] =>
  cast.map(ballot => {
    if (ballot.status === "fault") return ballot
    const value = ballot.value[index]
    if (!value) return { host: ballot.host, status: "fault", fault: new ChainFault("DECODE", "left a call unanswered") }
    return { host: ballot.host, status: "ok", value, identity: identityOf(value) }
  })

const inContext = z.object({ context: z.object({ slot: z.number() }), value: z.unknown() })
const listed = z.array(z.looseObject({ pubkey: z.string() }))

const slotOf = (answer: RpcAnswer): number | undefined =>
  answer.status === "ok" ? inContext.safeParse(answer.result).data?.context.slot : undefined

/** The value without the slot; accounts that were searched for come in whatever order a node likes. */
function identityOf(answer: RpcAnswer): string {
  if (answer.status === "refused") return `refused ${answer.code}`
  const { data: found } = inContext.safeParse(answer.result)
  if (!found) return JSON.stringify(answer.result)
  const { data: accounts } = listed.safeParse(found.value)
  const sorted = accounts?.toSorted((a, b) => (a.pubkey < b.pubkey ? -1 : 1)) ?? found.value
  return JSON.stringify(sorted, stripped)
}

/** What nodes add to an account as they like and no pass uses. */
const stripped = (key: string, value: unknown) => (key === "space" || key === "rentEpoch" ? undefined : value)

/** Agreed values hold at each of their slots: the oldest one makes the range of the pass no newer than what was shown. */
function oldest(agreed: readonly RpcAnswer[]): RpcAnswer {
  const [first, ...others] = agreed
  if (!first) throw new TypeError("a majority of none")
  return others.reduce((older, each) => ((slotOf(each) ?? 0) < (slotOf(older) ?? 0) ? each : older), first)
}

/** Different values at one slot. */
function isContradiction(cast: readonly Ballot<RpcAnswer>[], host: string, agreed: readonly RpcAnswer[]): boolean {
  const other = cast.find(ballot => ballot.host === host)
  if (other?.status !== "ok") return false
  const slot = slotOf(other.value)
  return slot === undefined || agreed.some(answer => slotOf(answer) === slot)
}

/** Asking again helps where enough members answered, but at different slots. */
function isWorthAnother(cast: readonly Ballot<RpcAnswer>[], quorum: number): boolean {
  const slots = cast.flatMap(ballot => (ballot.status === "ok" ? [slotOf(ballot.value)] : []))
  return slots.length >= quorum && new Set(slots).size > 1
}

function failure(cast: readonly Ballot<RpcAnswer>[], quorum: number, method: string): ChainFault {
  if (!isWorthAnother(cast, quorum)) return noQuorum(cast, quorum, method)
  return new ChainFault("PIN_SKEW", `${method}: the endpoints did not meet at one slot`)
}
