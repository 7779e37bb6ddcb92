/**
 * Code out of a document, so that what readers copy is what the tests compile and run.
 */
import { readFileSync } from "node:fs"

/** The only block of a language in a file under `docs/`. @throws Error when there is none, or more than one. */
export function codeIn(document: string, language: string): string {
  const text = readFileSync(new URL(`../../docs/${document}`, import.meta.url), "utf8")
  const blocks = [...text.matchAll(/^```(\S+)\n([\s\S]*?)^```$/gm)].filter(([, name]) => name === language)
  const [only] = blocks
  if (!only?.[2] || blocks.length > 1) throw new Error(`${document} has ${blocks.length} blocks of ${language}`)
  return only[2]
}

export const linesOf = (code: string): number => code.trimEnd().split("\n").length
