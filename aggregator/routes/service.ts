/**
 * What the routes are given: the book to read, the presentation of it, and the calculation for simulations.
 */
import { OpenAPIHono } from "@hono/zod-openapi"
import { InvalidInputError } from "../domain/errors.js"
import type { RiskKernel } from "../domain/ports.js"
import type { MarginBook } from "../store/margin-book.js"
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
  readonly kernel: RiskKernel
  readiness(): readonly Readiness[]
}

/** A router whose validation failures become `InvalidInputError`, one JSON pointer a field. */
export function createRouter(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook: result => {
      if (result.success) return
      throw new InvalidInputError(
        result.error.issues.map(issue => ({
          pointer: `/${issue.path.map(part => String(part).replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`,
          code: issue.code === "unrecognized_keys" ? "UNKNOWN_FIELD" : "INVALID_VALUE",
          detail: issue.message,
        })),
      )
    },
  })
}

export const jsonOf = <Schema>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
})

export const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: problemSchema } },
})
