import { describe, expect, it } from "vitest"
import {
  type ElfObject,
  type ElfSymbol,
  readObject,
  UnlinkableError,
} from "../../../../chains/solana/program/elf-object.js"
import { link } from "../../../../chains/solana/program/linker.js"
import { murmur3 } from "../../../../chains/solana/program/murmur3.js"

const ENTRY: ElfSymbol = { name: "entrypoint", value: 0, section: "code" }
const CONSTANT: ElfSymbol = { name: "", value: 0, section: "constants" }
const SYSCALL: ElfSymbol = { name: "sol_keccak256", value: 0, section: "undefined" }
const EXIT = [0x95, 0, 0, 0, 0, 0, 0, 0]

/** r1 = address of the constant at byte 5; call sol_keccak256; exit. */
const object: ElfObject = {
  code: Uint8Array.from([
    0x18,
    1,
    0,
    0,
    5,
    0,
    0,
    0,
    ...new Array(8).fill(0),
    0x85,
    0x10,
    0,
    0,
    255,
    255,
    255,
    255,
    ...EXIT,
  ]),
  constants: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]),
  relocations: [
    { at: 0, type: 1, symbol: CONSTANT },
    { at: 16, type: 10, symbol: SYSCALL },
  ],
  symbols: [ENTRY, CONSTANT, SYSCALL],
}
const withCode = (...code: number[]): ElfObject => ({
  ...object,
  code: Uint8Array.from([...code, ...EXIT]),
  relocations: [],
})

describe("murmur3", () => {
  // The first four are Appleby's reference, the last two are Solana's published numbers of system calls.
  it.each([
    ["", 0],
    ["a", 0x3c2569b2],
    ["abc", 0xb3dd93fa],
    ["test", 0xba6bd213],
    ["sol_log_", 0x207559bd],
    ["abort", 0xb6fc1a11],
  ])("of %j is as published", (name, hash) => {
    expect(murmur3(name)).toBe(hash)
  })
})

describe("the linker", () => {
  const program = Buffer.from(link(object))
  const headerOf = (segment: number) => program.subarray(64 + 56 * segment, 64 + 56 * (segment + 1))

  it("writes a version 3 program with its entry point in the code", () => {
    expect(program.subarray(0, 4).toString("latin1")).toBe("\x7fELF")
    expect(program.readUInt32LE(48)).toBe(3)
    expect(program.readBigUInt64LE(24)).toBe(1n << 32n)
  })

  it("puts constants at 0, sixteen bytes in, and the code behind them at 2^32", () => {
    const [constants, code] = [headerOf(0), headerOf(1)]
    expect([constants.readUInt32LE(4), constants.readBigUInt64LE(16), constants.readBigUInt64LE(32)]).toEqual([
      4,
      0n,
      32n,
    ])
    expect([code.readUInt32LE(4), code.readBigUInt64LE(16), code.readBigUInt64LE(32)]).toEqual([1, 1n << 32n, 32n])
    expect([...program.subarray(176, 176 + 32)]).toEqual([
      ...new Array(16).fill(0),
      ...object.constants,
      ...new Array(7).fill(0),
    ])
    expect(program).toHaveLength(176 + 32 + 32)
  })

  it("names constants by address and system calls by hash", () => {
    const code = program.subarray(208)
    expect(code.readUInt32LE(4)).toBe(16 + 5)
    expect([code.readUInt8(16), code.readUInt8(17), code.readUInt32LE(20)]).toEqual([0x85, 0, murmur3("sol_keccak256")])
  })

  it.each<[string, ElfObject]>([
    ["no entry point", { ...object, symbols: [] }],
    ["no code", { ...object, code: new Uint8Array(), relocations: [] }],
    ["half an instruction", { ...object, code: new Uint8Array(12), relocations: [] }],
    ["32-bit addition", withCode(0x04, 1, 0, 0, 1, 0, 0, 0)],
    ["a 32-bit jump", withCode(0x16, 1, 0, 0, 1, 0, 0, 0)],
    ["a call through a register", withCode(0x8d, 0, 0, 0, 1, 0, 0, 0)],
    ["an unknown relocation", { ...object, relocations: [{ at: 0, type: 2, symbol: CONSTANT }] }],
    ["the address of a function", { ...object, relocations: [{ at: 0, type: 1, symbol: ENTRY }] }],
    ["the address of nothing", { ...object, relocations: [{ at: 0, type: 1, symbol: SYSCALL }] }],
    ["a relocated exit", { ...object, relocations: [{ at: 24, type: 10, symbol: SYSCALL }] }],
  ])("refuses %s", (_, bad) => {
    expect(() => link(bad)).toThrow(UnlinkableError)
  })

  it("takes byte swaps, and numbers that look like forbidden code", () => {
    expect(() => link(withCode(0xdc, 1, 0, 0, 64, 0, 0, 0))).not.toThrow()
    expect(() => link(withCode(0x18, 1, 0, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0, 0, 0))).not.toThrow()
  })
})

describe("reading an object", () => {
  it("finds code, constants, symbols and relocations", () => {
    expect(readObject(elf([".text", EXIT, 2], [".rodata", [7], 2], [".comment", [1], 0]))).toMatchObject({
      code: Buffer.from(EXIT),
      constants: Buffer.of(7),
      relocations: [],
    })
  })

  it.each<[string, readonly ElfSection[]]>([
    ["writable data", [[".data", [1], 3]]],
    ["merged strings", [[".rodata.str1.1", [1], 2]]],
    ["a second section of code", [[".text.hot", EXIT, 6]]],
    ["relocated constants", [[".rel.rodata", new Array(16).fill(0), 0, 9]]],
  ])("refuses %s", (_, sections) => {
    expect(() => readObject(elf([".text", EXIT, 2], ...sections))).toThrow(UnlinkableError)
  })
})

type ElfSection = readonly [name: string, bytes: readonly number[], flags: number, type?: number]

/** A minimal object file. */
function elf(...given: readonly ElfSection[]): Buffer {
  const sections: readonly ElfSection[] = [["", [], 0, 0], ...given, [".strtab", [], 0, 3]]
  const names = Buffer.from(sections.map(([name]) => `${name}\0`).join(""), "latin1")
  const contents = sections.map(([name, bytes]) => (name === ".strtab" ? names : Buffer.from(bytes)))
  const header = Buffer.alloc(64)
  const tableAt = 64 + contents.reduce((sum, { length }) => sum + length, 0)
  header.writeBigUInt64LE(BigInt(tableAt), 40)
  header.writeUInt16LE(sections.length, 60)
  header.writeUInt16LE(sections.length - 1, 62)
  let at = 64
  let nameAt = 0
  const table = sections.map(([name, , flags, type = 1], i) => {
    const row = Buffer.alloc(64)
    const { length } = contents[i] ?? Buffer.alloc(0)
    row.writeUInt32LE(nameAt, 0)
    row.writeUInt32LE(type, 4)
    row.writeBigUInt64LE(BigInt(flags), 8)
    row.writeBigUInt64LE(BigInt(at), 24)
    row.writeBigUInt64LE(BigInt(length), 32)
    nameAt += name.length + 1
    at += length
    return row
  })
  return Buffer.concat([header, ...contents, ...table])
}
