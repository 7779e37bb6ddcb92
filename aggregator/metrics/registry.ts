/**
 * One registry a process part, so that two services in one process do not count for each other.
 */
import { collectDefaultMetrics, Registry } from "prom-client"

/** A registry that already has what Node knows of the process. */
export function processRegistry(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}
