/**
 * A failed transaction as the JSON-RPC interface shows it, e.g. `{"InstructionError":[0,{"Custom":1}]}`.
 * The runtime names its errors only in their Rust debug form, so that is what is translated.
 */
import type { FailedTransactionMetadata } from "litesvm"

export type TransactionError = string | { readonly [variant: string]: unknown }

/** @throws SyntaxError when the runtime prints an error in a form that is not known here. */
export function transactionError(failed: FailedTransactionMetadata): TransactionError {
  const debug = /err: (.+?), meta: TransactionMetadata/.exec(failed.toString())?.[1]
  if (debug === undefined) throw new SyntaxError(`no error in ${failed.toString()}`)
  return parseVariant(debug)
}

/** `Name`, `Name(value, …)` or `Name { field: value, … }`, nested. */
export function parseVariant(debug: string): TransactionError {
  const [, name, , tuple, struct] = /^(\w+)(\((.*)\)| \{ (.*) \})?$/.exec(debug) ?? []
  if (name === undefined) throw new SyntaxError(`unknown form of error: ${debug}`)
  if (tuple !== undefined) {
    const values = splitTop(tuple).map(parseValue)
    return { [name]: values.length === 1 ? values[0] : values }
  }
  if (struct === undefined) return name
  return { [name]: Object.fromEntries(splitTop(struct).map(parseField)) }
}

/** One line for people: what a validator prints after "Transaction simulation failed: ". */
export function describeTransactionError(error: TransactionError): string {
  const [index, cause] = instructionError(error)
  if (index === undefined) return typeof error === "string" ? spaced(error) : JSON.stringify(error)
  const custom = typeof cause === "object" && cause !== null && "Custom" in cause ? Number(cause.Custom) : undefined
  const reason = custom === undefined ? JSON.stringify(cause) : `custom program error: 0x${custom.toString(16)}`
  return `Error processing Instruction ${index}: ${reason}`
}

function instructionError(error: TransactionError): readonly unknown[] {
  const parts = typeof error === "string" ? undefined : error.InstructionError
  return Array.isArray(parts) ? parts : []
}

const spaced = (name: string) => name.charAt(0) + name.slice(1).replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)

const parseValue = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : parseVariant(text))

function parseField(text: string): [string, unknown] {
  const at = text.indexOf(": ")
  return [text.slice(0, at), parseValue(text.slice(at + 2))]
}

/** Splits at the commas that are not inside brackets. */
function splitTop(text: string): string[] {
  const parts = [""]
  let depth = 0
  for (const character of text) {
    if ("({".includes(character)) depth++
    if (")}".includes(character)) depth--
    if (character === "," && depth === 0) parts.push("")
    else parts[parts.length - 1] += character
  }
  return parts.map(part => part.trim())
}
