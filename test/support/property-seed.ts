/**
 * Property tests draw the same cases in every run, so that a change and nothing else turns a run red. `SEED=any` draws new
 * ones, `SEED=1234` repeats what a failure printed.
 */
import fc from "fast-check"

const { SEED = "20261125" } = process.env

fc.configureGlobal({ seed: SEED === "any" ? Date.now() : Number.parseInt(SEED, 10) })
