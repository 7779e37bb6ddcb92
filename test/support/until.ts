/**
 * Waiting for a condition of the real world, with a deadline: the only way in which a test waits.
 */
import { setTimeout as pause } from "node:timers/promises"

const POLL_MS = 50
/** Only a condition that never comes waits so long: a slow machine is no reason to fail. */
const DEADLINE_MS = 240_000

/**
 * Asks again and again until the answer is neither undefined, null nor false, and resolves with it.
 *
 * @param what the condition in words, for the error.
 * @throws Error when the deadline passes; with the last thing the question threw as its cause.
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<Exclude<T, undefined | null | false>> {
  const end = performance.now() + deadlineMs
  let cause: unknown
  do {
    try {
      const answer = await ask()
      if (isAnswer(answer)) return answer
      cause = undefined
    } catch (error) {
      cause = error
    }
    await pause(POLL_MS)
  } while (performance.now() < end)
  throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause })
}

const isAnswer = <T>(answer: T): answer is Exclude<T, undefined | null | false> =>
  answer !== undefined && answer !== null && answer !== false
