/**
 * The reference page at `/docs`: plain HTML without scripts, nothing fetched from anywhere else.
 */
import { type ApiDocument, type Call, callsOf, type NamedType, typesOf } from "./operations.js"

export const REFERENCE_STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 2.5rem; overflow-wrap: anywhere; font-size: 1.15rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
code { font: .9em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
nav li { list-style: none; } nav ul { padding: 0; }
`

export function referencePage(document: ApiDocument): string {
  const calls = callsOf(document)
  const types = typesOf(document)
  const typed = linkedTo(new Set(types.map(each => each.name)))
  const { title, version, description = "" } = document.info
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)} API ${text(version)}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header><h1>${text(title)} API ${text(version)}</h1>
<p>${text(description)} The document that this page is written from: <a href="/openapi.json">/openapi.json</a>.</p></header>
<nav aria-label="Calls"><ul>${calls.map(call => `<li><a href="#${anchor(call)}"><code>${text(nameOf(call))}</code></a></li>`).join("\n")}</ul></nav>
<main>
${calls.map(call => callSection(call, typed)).join("\n")}
<h1>Types</h1>
${types.map(type => typeSection(type, typed)).join("\n")}
</main>
</body>
</html>
`
}

const nameOf = ({ method, path }: Call): string => `${method} ${path}`
const anchor = (call: Call): string => nameOf(call).replaceAll(/[^A-Za-z0-9]+/g, "-")

function callSection(call: Call, typed: Typed): string {
  const parameters = call.parameters.map(each => [
    code(each.name),
    text(`${each.where}${each.required ? "" : ", optional"}`),
    typed(each.type),
    text(each.description),
  ])
  const answers = call.answers.map(each => [code(each.status), typed(each.type), text(each.description)])
  return `<section><h2 id="${anchor(call)}"><code>${text(nameOf(call))}</code></h2>
<p>${text(call.summary)}</p>
${call.body === null ? "" : `<p>Body: ${typed(call.body)}</p>`}
${table(["Parameter", "Where", "Type", ""], parameters)}
${table(["Status", "Body", ""], answers)}</section>`
}

function typeSection({ name, description, fields, type }: NamedType, typed: Typed): string {
  const rows = fields?.map(each => [
    code(`${each.name}${each.required ? "" : "?"}`),
    typed(each.type),
    text(each.description),
  ])
  return `<section><h2 id="type-${name}"><code>${text(name)}</code></h2>
<p>${text(description)}</p>
${rows ? table(["Field", "Type", ""], rows) : `<p>${typed(type)}</p>`}</section>`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ""
  const cells = (each: readonly string[]) => each.map(cell => `<td>${cell}</td>`).join("")
  const titles = head.map(title => `<th scope="col">${title || "What it is"}</th>`).join("")
  return `<table><thead><tr>${titles}</tr></thead><tbody>${rows.map(row => `<tr>${cells(row)}</tr>`).join("\n")}</tbody></table>`
}

const code = (value: string): string => `<code>${text(value)}</code>`

type Typed = (type: string) => string

/** Writes a type with links to those that the page has. */
const linkedTo =
  (names: ReadonlySet<string>): Typed =>
  type =>
    type
      .split(/\b([A-Z][A-Za-z0-9]+)\b/)
      .map(part => (names.has(part) ? `<a href="#type-${part}">${code(part)}</a>` : part && code(part)))
      .join("")

const text = (value: string): string => value.replaceAll(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
