/**
 * Derivative instruments, named as the field names them:
 * `ETH-PERP`, `ETH-25DEC26`, `ETH-25DEC26-3200-C`.
 */
import { formatDecimal, parseDecimal } from "./decimal.js"
import { InvalidIdError } from "./errors.js"
import { type Price, price } from "./fixed.js"

export type OptionRight = "call" | "put"

export type Instrument =
  | { readonly kind: "spot"; readonly underlying: string }
  | { readonly kind: "perpetual"; readonly underlying: string }
  | { readonly kind: "future"; readonly underlying: string; readonly expiry: number }
  | {
      readonly kind: "option"
      readonly underlying: string
      /** Unix seconds. */
      readonly expiry: number
      readonly strike: Price
      readonly right: OptionRight
    }

export type OptionInstrument = Extract<Instrument, { kind: "option" }>
export type PerpetualInstrument = Extract<Instrument, { kind: "perpetual" }>
export type FutureInstrument = Extract<Instrument, { kind: "future" }>

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
/** Expiries fall on 08:00 UTC unless the name carries a time: `ETH-25DEC26T1130-3200-C`. */
const DEFAULT_EXPIRY_HOUR = 8

/** Names are looked up far more often than instruments come about. */
const names = new WeakMap<Instrument, string>()

/** The instrument's canonical name; two instruments are the same exactly when their names are. */
export function instrumentName(instrument: Instrument): string {
  const known = names.get(instrument)
  if (known !== undefined) return known
  const name = written(instrument)
  names.set(instrument, name)
  return name
}

function written(instrument: Instrument): string {
  const { underlying } = instrument
  if (instrument.kind === "spot") return underlying
  if (instrument.kind === "perpetual") return `${underlying}-PERP`
  const dated = `${underlying}-${expiryCode(instrument.expiry)}`
  if (instrument.kind === "future") return dated
  return `${dated}-${formatDecimal(instrument.strike)}-${instrument.right === "call" ? "C" : "P"}`
}

/** Instruments by the text they were read from, or by their name; requests choose the texts, so there is an end to how many are kept. */
const read = new Map<string, Instrument>()
const MOST_KEPT = 8_192

/** @throws InvalidIdError when the text names no instrument. */
export function parseInstrument(name: string): Instrument {
  const known = read.get(name)
  if (known) return known
  const instrument = parsed(name)
  keep(name, instrument)
  return instrument
}

function keep(name: string, instrument: Instrument): void {
  if (read.size >= MOST_KEPT) read.clear()
  read.set(name, instrument)
}

/** The first object that an instrument was seen as: whoever remembers something of instruments asks by the object. */
export function sharedInstrument<T extends Instrument>(instrument: T): T {
  const name = instrumentName(instrument)
  const known = read.get(name)
  if (known?.kind === instrument.kind) return known as T
  keep(name, instrument)
  return instrument
}

function parsed(name: string): Instrument {
  const [underlying, second, strike, right, ...rest] = name.split("-")
  if (!underlying || !/^[A-Za-z][A-Za-z0-9.]{0,15}$/.test(underlying) || rest.length > 0) return unknown(name)
  if (second === undefined) return { kind: "spot", underlying }
  if (second === "PERP" && strike === undefined) return { kind: "perpetual", underlying }
  const expiry = parseExpiry(second) ?? unknown(name)
  if (strike === undefined) return { kind: "future", underlying, expiry }
  if (!/^\d+(\.\d{1,18})?$/.test(strike) || (right !== "C" && right !== "P")) return unknown(name)
  const parsed = price(parseDecimal(strike))
  if (parsed === 0n) return unknown(name)
  return { kind: "option", underlying, expiry, strike: parsed, right: right === "C" ? "call" : "put" }
}

function expiryCode(expiry: number): string {
  const at = new Date(expiry * 1000)
  const day = `${at.getUTCDate()}${MONTHS[at.getUTCMonth()]}${String(at.getUTCFullYear() % 100).padStart(2, "0")}`
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()]
  if (clock[0] === DEFAULT_EXPIRY_HOUR && clock[1] === 0 && clock[2] === 0) return day
  const digits = clock.map(part => String(part).padStart(2, "0"))
  return `${day}T${clock[2] === 0 ? digits.slice(0, 2).join("") : digits.join("")}`
}

function parseExpiry(code: string): number | undefined {
  const match = /^(\d{1,2})([A-Z]{3})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?)?$/.exec(code)
  if (!match) return undefined
  const [, day, month = "", year, hour, minute, second] = match
  const monthIndex = MONTHS.indexOf(month)
  if (monthIndex < 0) return undefined
  const time =
    Date.UTC(
      2000 + Number(year),
      monthIndex,
      Number(day),
      Number(hour ?? DEFAULT_EXPIRY_HOUR),
      Number(minute ?? 0),
      Number(second ?? 0),
    ) / 1000
  // Date.UTC rolls 31NOV over to 1DEC and 25:00 to the next day: such a code names no expiry.
  return expiryCode(time) === code ? time : undefined
}

function unknown(name: string): never {
  throw new InvalidIdError('instrument name such as "ETH-25DEC26-3200-C"', name)
}
