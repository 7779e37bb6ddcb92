/**
 * Commands that need the repository: an installed package has neither its sources nor its development dependencies.
 */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { PlimsollError } from "../domain/errors.js"

class CloneNeededError extends PlimsollError {
  readonly code = "CLONE_NEEDED"
  constructor(command: string, why: string) {
    super(`plimsoll ${command} ${why}; clone the repository, run npm install and call it there`)
  }
}

/** @throws CloneNeededError in an installed package. */
export function requireClone(command: string, why: string): void {
  const root = dirname(createRequire(import.meta.url).resolve("plimsoll/package.json"))
  if (!existsSync(join(root, "aggregator", "cli.ts"))) throw new CloneNeededError(command, why)
}
