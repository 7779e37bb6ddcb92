/**
 * Where a pass reads: one endpoint, or several that have to agree. Each pass opens its source anew, so that what
 * endpoints did wrong is known a pass.
 */
import type { InputGrade } from "../../aggregator/domain/pin.js"
import type { Dissent } from "../../aggregator/domain/reading.js"
import type { Member } from "./vote.js"

export interface Source<Endpoint> {
  /** Names the source in faults; host and port only. */
  readonly host: string
  readonly inputGrade: InputGrade
  open(): OpenSource<Endpoint>
}

export interface OpenSource<Endpoint> {
  readonly endpoint: Endpoint
  /** What was noticed so far, each endpoint once. */
  dissents(): readonly Dissent[]
}

/** One endpoint's word, of the grade that it has by itself. */
const singleSource = <Endpoint extends Member>(endpoint: Endpoint, inputGrade: InputGrade): Source<Endpoint> => ({
  host: endpoint.host,
  inputGrade,
  open: () => ({ endpoint, dissents: () => [] }),
})

/** Several endpoints as one, of which `quorum` have to agree. */
function quorumSource<Endpoint extends Member>(
  members: readonly Endpoint[],
  quorum: number,
  join: (parts: QuorumParts<Endpoint>) => Endpoint,
): Source<Endpoint> {
  const host = `${quorum} of ${members.map(member => member.host).join(", ")}`
  return {
    host,
    inputGrade: "quorum",
    open() {
      const noticed = new Map<string, Dissent>()
      const note = (dissents: readonly Dissent[]) => {
        for (const dissent of dissents) {
          const earlier = noticed.get(dissent.endpoint)
          // That an endpoint contradicted the others says more than that it failed as well.
          if (!earlier || (earlier.code !== "OUTVOTED" && dissent.code === "OUTVOTED")) {
            noticed.set(dissent.endpoint, dissent)
          }
        }
      }
      return { endpoint: join({ host, members, quorum, note }), dissents: () => [...noticed.values()] }
    },
  }
}

export interface QuorumParts<Endpoint> {
  readonly host: string
  readonly members: readonly Endpoint[]
  readonly quorum: number
  note(dissents: readonly Dissent[]): void
}

export interface Sourcing<Endpoint> {
  readonly endpoints: readonly Endpoint[]
  /** Absent: each endpoint by itself, in the order given. */
  readonly quorum?: number | undefined
  /** What one endpoint's word is worth; `single` when absent. */
  readonly alone?: InputGrade
  join(parts: QuorumParts<Endpoint>): Endpoint
}

/** Every endpoint by itself, or all together when a quorum is asked for. */
export const sourcesOf = <Endpoint extends Member>({
  endpoints,
  quorum,
  alone = "single",
  join,
}: Sourcing<Endpoint>): readonly Source<Endpoint>[] =>
  quorum === undefined ? endpoints.map(each => singleSource(each, alone)) : [quorumSource(endpoints, quorum, join)]
