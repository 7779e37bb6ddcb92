/**
 * A policy by the name it ships under, or from a JSON file of somebody's own.
 */

import { InvalidInputError } from "./domain/errors.js"
import { type LoadedPolicy, loadPolicy } from "./policies/load.js"
import { SHIPPED_POLICIES, shippedPolicy } from "./policies/shipped.js"
import { readDocument } from "./read-json.js"

/**
 * @param source name of a shipped policy, or path of a `.json` file, relative to the working directory
 * @throws InvalidInputError for an unknown name, a file that cannot be read, and naming every wrong field of one that can.
 */
export async function policyFrom(source: string): Promise<LoadedPolicy> {
  const shipped = SHIPPED_POLICIES.find(each => each === source)
  if (shipped) return shippedPolicy(shipped)
  if (!source.endsWith(".json")) {
    const detail = `is "${source}"; give the path of a .json file or one of ${SHIPPED_POLICIES.join(", ")}`
    throw new InvalidInputError([{ pointer: "policy", code: "UNKNOWN_POLICY", detail }])
  }
  return readDocument(source, loadPolicy)
}
