/**
 * One round of an adapter's reads: calls go in one by one with their decoders, answers come out typed.
 * Saves an adapter the counting of places in a flat list of results.
 */
import type { Hex } from "viem"
import type { EvmCall, EvmCallResult } from "./adapter.js"
import { type Decoded, decoded } from "./decoded.js"

/** A view call together with the decoding of its answer. */
export interface Query<Value> {
  /** Names the call in a fault's detail, e.g. `balance of USDC`. */
  readonly what: string
  readonly call: EvmCall
  /** Throws on bytes that are no such answer. */
  readonly decode: (data: Hex) => Value
}

/** The same question, its answer passed through a check that throws on what cannot be. */
export const checked = <Value, Checked>(query: Query<Value>, check: (value: Value) => Checked): Query<Checked> => ({
  ...query,
  decode: data => check(query.decode(data)),
})

export type Fault = Extract<Decoded<never>, { status: "fault" }>

/** The answer to one query, decoded once; a fault until its round was asked. */
export type Answer<Value> = () => Decoded<Value>

export class ReadRound {
  readonly #calls: EvmCall[] = []
  #results: readonly EvmCallResult[] | undefined

  /** Puts a query into the round. */
  add<Value>({ what, call, decode }: Query<Value>): Answer<Value> {
    const place = this.#calls.push(call) - 1
    let read: Decoded<Value> | undefined
    return () => {
      if (!this.#results) return decoded(what, undefined, decode)
      read ??= decoded(what, this.#results[place], decode)
      return read
    }
  }

  /** Yields the round's calls as one batch; an empty round costs no request. */
  *ask(): Generator<readonly EvmCall[], void, readonly EvmCallResult[]> {
    if (this.#calls.length > 0) this.#results = yield this.#calls
  }
}

/** Puts one query a subject into a round; once the round was asked, the values and the faults by subject. */
export function addEach<Subject, Value>(
  round: ReadRound,
  subjects: readonly Subject[],
  query: (subject: Subject) => Query<Value>,
): () => Separated<Subject, Value> {
  const asked = subjects.map(subject => ({ subject, answer: round.add(query(subject)) }))
  return () => {
    const values: [Subject, Value][] = []
    const faults: [Subject, Fault][] = []
    for (const { subject, answer } of asked) {
      const read = answer()
      if (read.status === "ok") values.push([subject, read.value])
      else faults.push([subject, read])
    }
    return { values, faults }
  }
}

export interface Separated<Subject, Value> {
  readonly values: readonly (readonly [Subject, Value])[]
  readonly faults: readonly (readonly [Subject, Fault])[]
}

/** What could not be read, on its way out of `gather`. */
class MissingAnswer extends Error {
  constructor(readonly fault: Fault) {
    super()
  }
}

/**
 * Combines answers into one value; the first fault among those needed becomes the fault of the whole.
 *
 * @param combine takes each answer through `need`.
 */
export function gather<Value>(combine: (need: <Part>(answer: Answer<Part>) => Part) => Value): Decoded<Value> {
  try {
    const value = combine(answer => {
      const part = answer()
      if (part.status === "ok") return part.value
      throw new MissingAnswer(part)
    })
    return { status: "ok", value }
  } catch (error) {
    if (error instanceof MissingAnswer) return error.fault
    throw error
  }
}
