/**
 * Code out of a document, so that what readers copy is what the tests compile and run.
 */
import { readFileSync } from "node:fs"

/** The only block of a language in a file under `docs/`. @throws Error when there is none, or more than one. */
export function codeIn(document: string, language: string): string {
  return onlyBlock(read(`docs/${document}`), document, language)
}

export interface Example {
  /** Commands in their order, each with its continuation lines and comments. */
  readonly commands: readonly string[]
  /** The only block of a language. @throws Error when there is none, or more than one. */
  code(language: string): string
}

/** What README shows in the section whose heading begins so. @throws Error without such a section, or without commands. */
export function readmeExample(heading: string): Example {
  const section = read("README.md")
    .split(/^## /m)
    .find(each => each.startsWith(heading))
  if (section === undefined) throw new Error(`README.md has no section ${heading}`)
  // A command begins with a program's name at the margin; what follows up to the next one belongs to it.
  const commands = blocksOf(section, "sh").flatMap(block => block.split(/^(?=(?:curl|npx) )/m))
  if (commands.length === 0) throw new Error(`${heading} shows no command`)
  return { commands, code: language => onlyBlock(section, heading, language) }
}

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")

const blocksOf = (text: string, language: string) =>
  [...text.matchAll(/^```(\S+)\n([\s\S]*?)^```$/gm)].flatMap(([, name, code]) =>
    name === language && code ? [code] : [],
  )

function onlyBlock(text: string, place: string, language: string): string {
  const [only, ...more] = blocksOf(text, language)
  if (only === undefined || more.length > 0) throw new Error(`${place} has not one block of ${language}`)
  return only
}

export const linesOf = (code: string): number => code.trimEnd().split("\n").length
