/**
 * docs/api.md: the OpenAPI document as a page to read.
 */
import { type ApiDocument, callsOf, typesOf } from "./operations.js"

export function apiPage(document: ApiDocument): string {
  const calls = callsOf(document).map(call => {
    const parameters = call.parameters.map(
      each =>
        `- \`${each.name}\` (${each.where}${each.required ? "" : ", optional"}): \`${each.type}\`${trailing(each.description)}`,
    )
    const body = call.body === null ? [] : [`- body: \`${call.body}\``]
    const answers = call.answers.map(
      each => `- **${each.status}**${each.type ? ` \`${each.type}\`` : ""}${trailing(each.description)}`,
    )
    return [`### \`${call.method} ${call.path}\``, "", `${call.summary}.`, "", ...parameters, ...body, ...answers].join(
      "\n",
    )
  })
  const types = typesOf(document).map(({ name, description, fields, type }) =>
    [
      `### ${name}`,
      "",
      ...(description ? [description, ""] : []),
      ...(fields
        ? fields.map(
            each => `- \`${each.name}${each.required ? "" : "?"}\`: \`${each.type}\`${trailing(each.description)}`,
          )
        : [`\`${type}\``]),
    ].join("\n"),
  )
  return `${[
    "# HTTP interface",
    "",
    "Written by `npm run docs` from the service's own OpenAPI document ([openapi.json](openapi.json)); do not edit.",
    "",
    "Amounts are decimal strings, `null` means none, ids are CAIP. Every failure is a `Problem` (RFC 9457). POST requests with side",
    "effects take an `Idempotency-Key`; answers tell the rate limit; attestations, policies and modules carry an `ETag`.",
    "",
    "## Calls",
    "",
    calls.join("\n\n"),
    "",
    "## Types",
    "",
    types.join("\n\n"),
  ].join("\n")}\n`
}

const trailing = (description: string): string => (description ? `: ${description.replaceAll("\n", " ")}` : "")
