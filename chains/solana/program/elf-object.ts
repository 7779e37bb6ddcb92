/**
 * Reads what the compiler left: one section of code, one of constants, and the places where code names either.
 * Whatever else would be loaded into memory is refused, so nothing is dropped in silence.
 */
import { PlimsollError } from "../../../aggregator/domain/errors.js"

/** Code or data that a program for Solana cannot have, or this linker does not know. */
export class UnlinkableError extends PlimsollError {
  readonly code = "UNLINKABLE"
  constructor(readonly reason: string) {
    super(`the program cannot be linked: ${reason}`)
  }
}

export interface Relocation {
  /** Byte of the code at which the instruction stands. */
  readonly at: number
  readonly type: number
  readonly symbol: ElfSymbol
}

export interface ElfSymbol {
  readonly name: string
  /** Byte within its section. */
  readonly value: number
  readonly section: "code" | "constants" | "undefined" | "other"
}

export interface ElfObject {
  readonly code: Uint8Array
  readonly constants: Uint8Array
  readonly relocations: readonly Relocation[]
  readonly symbols: readonly ElfSymbol[]
}

interface Section {
  readonly name: string
  readonly type: number
  readonly loaded: boolean
  readonly bytes: Buffer
}

const CODE = ".text"
const CONSTANTS = ".rodata"
const SYMBOL_LENGTH = 24
const RELOCATION_LENGTH = 16
const SHT_REL = 9
const SHT_RELA = 4
const SHF_ALLOC = 2

/** @throws UnlinkableError when more than one section of code and one of constants would be loaded or relocated. */
export function readObject(file: Uint8Array): ElfObject {
  const sections = sectionsOf(Buffer.from(file))
  const bytesOf = (name: string) => sections.find(section => section.name === name)?.bytes ?? Buffer.alloc(0)
  for (const { name, type, loaded, bytes } of sections) {
    if (loaded && bytes.length > 0 && name !== CODE && name !== CONSTANTS) throw new UnlinkableError(`section ${name}`)
    if ((type === SHT_REL || type === SHT_RELA) && name !== `.rel${CODE}`) throw new UnlinkableError(`section ${name}`)
  }
  const symbols = symbolsOf(bytesOf(".symtab"), bytesOf(".strtab"), sections)
  const relocations = relocationsOf(bytesOf(`.rel${CODE}`), symbols)
  return { code: bytesOf(CODE), constants: bytesOf(CONSTANTS), relocations, symbols }
}

/** Header: section table's offset 40, count 60, place of names 62. Section: name 0, type 4, flags 8, offset 24, size 32. */
function sectionsOf(file: Buffer): readonly Section[] {
  const table = Number(file.readBigUInt64LE(40))
  const headers = Array.from({ length: file.readUInt16LE(60) }, (_, i) => file.subarray(table + 64 * i))
  const contents = headers.map(header => {
    const offset = Number(header.readBigUInt64LE(24))
    return file.subarray(offset, offset + Number(header.readBigUInt64LE(32)))
  })
  const names = contents[file.readUInt16LE(62)] ?? Buffer.alloc(0)
  return headers.map((header, i) => ({
    name: textAt(names, header.readUInt32LE(0)),
    type: header.readUInt32LE(4),
    loaded: (header.readBigUInt64LE(8) & BigInt(SHF_ALLOC)) !== 0n,
    bytes: contents[i] ?? Buffer.alloc(0),
  }))
}

/** Symbol: name 0, section 6, value 8. */
function symbolsOf(table: Buffer, names: Buffer, sections: readonly Section[]): readonly ElfSymbol[] {
  const place = (index: number): ElfSymbol["section"] => {
    if (index === 0) return "undefined"
    const name = sections[index]?.name
    if (name === CODE) return "code"
    return name === CONSTANTS ? "constants" : "other"
  }
  return rows(table, SYMBOL_LENGTH).map(row => ({
    name: textAt(names, row.readUInt32LE(0)),
    value: Number(row.readBigUInt64LE(8)),
    section: place(row.readUInt16LE(6)),
  }))
}

/** Relocation: place 0, type 8, symbol 12. */
function relocationsOf(table: Buffer, symbols: readonly ElfSymbol[]): readonly Relocation[] {
  return rows(table, RELOCATION_LENGTH).map(row => {
    const symbol = symbols[row.readUInt32LE(12)]
    if (!symbol) throw new UnlinkableError("a relocation without a symbol")
    return { at: Number(row.readBigUInt64LE(0)), type: row.readUInt32LE(8), symbol }
  })
}

const rows = (table: Buffer, length: number): readonly Buffer[] =>
  Array.from({ length: table.length / length }, (_, i) => table.subarray(i * length, (i + 1) * length))

const textAt = (names: Buffer, at: number): string => names.toString("ascii", at, names.indexOf(0, at))
