/**
 * What the routes are given: the book to read, the presentation of it, and the calculation for simulations.
 */
import { OpenAPIHono, z } from "@hono/zod-openapi"
import { InvalidInputError } from "../domain/errors.js"
import type { ExecutionCosts } from "../domain/execution-costs.js"
import type { Keccak } from "../domain/hashing.js"
import { inputIssues } from "../domain/input-issues.js"
import type { RiskKernel } from "../domain/ports.js"
import type { MarginBook } from "../store/margin-book.js"
import type { PublishedDocuments } from "./published.js"
import { problemSchema } from "./schemas.js"
import type { Presentation } from "./views.js"

export interface Readiness {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

export interface Service {
  readonly book: MarginBook
  readonly show: Presentation
  readonly kernel: RiskKernel & Keccak
  readonly published: PublishedDocuments
  /** What trading and moving funds costs, for plans; the shipped table when absent. */
  readonly costs?: ExecutionCosts
  readiness(): readonly Readiness[]
}

/** A router whose validation failures become `InvalidInputError`, one JSON pointer a field. */
export function createRouter(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook: result => {
      if (result.success) return
      throw new InvalidInputError(inputIssues(result.error.issues))
    },
  })
}

export const jsonOf = <Schema>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
})

/** A document whose bytes are hashed: answered as they are, never written anew. */
export const bytesOf = (type: string, description: string) => ({
  description,
  content: { [type]: { schema: type === "application/json" ? z.looseObject({}) : z.string() } },
})

export const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: problemSchema } },
})
