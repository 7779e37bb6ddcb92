/**
 * What an examination of one thing came to: fine, or what is wrong and what to do about it.
 */
export interface Finding {
  /** What was looked at, e.g. `Ethereum rpc.example`. */
  readonly subject: string
  /** e.g. `chain id`. */
  readonly check: string
  /** `warning` leaves the service working. */
  readonly status: "ok" | "warning" | "failed"
  readonly detail: string
  /** What to do; absent when nothing is to be done. */
  readonly remedy?: string
}

export const fine = (subject: string, check: string, detail: string): Finding => ({
  subject,
  check,
  status: "ok",
  detail,
})

export const wrong = (
  status: "warning" | "failed",
  { subject, check, detail, remedy }: Required<Omit<Finding, "status">>,
): Finding => ({ subject, check, status, detail, remedy })

/** What is expected of every chain alike. */
export interface Expectations {
  /** Seconds; an older state makes debts and positions too old for the policy. */
  readonly mostAge: number
  /** Unix seconds. */
  readonly now: number
}

/** Two clocks further apart than this are not both right. */
const CLOCK_SKEW_SECONDS = 60

/** The state that a reader would pin, by its time; a state from the future says that our own clock is behind. */
export function ageFinding(subject: string, finality: string, time: number, { mostAge, now }: Expectations): Finding {
  const check = "head age"
  const age = now - time
  if (age < -CLOCK_SKEW_SECONDS) {
    const remedy = "set this machine's clock, e.g. by NTP"
    return wrong("failed", {
      subject,
      check,
      detail: `its ${finality} state is ${-age} s ahead of this machine`,
      remedy,
    })
  }
  if (age > mostAge) {
    const detail = `its ${finality} state is ${age} s old; the policy takes debts and positions up to ${mostAge} s`
    const remedy = "use an endpoint that keeps up, or a finality that is reached sooner"
    return wrong("failed", { subject, check, detail, remedy })
  }
  return fine(subject, check, `${finality} state ${Math.max(0, age)} s old`)
}
