/**
 * Runs until Ctrl-C or SIGTERM, then stops in order; a second signal while stopping ends the process at once.
 */

const SIGNALS = ["SIGINT", "SIGTERM"] as const
const EXIT_INTERRUPTED = 130

/** Resolves at the first signal. Call before anything is started, so that no signal is lost. */
export function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    let stopping = false
    const onSignal = () => {
      if (stopping) process.exit(EXIT_INTERRUPTED)
      stopping = true
      resolve()
    }
    for (const signal of SIGNALS) process.on(signal, onSignal)
  })
}
