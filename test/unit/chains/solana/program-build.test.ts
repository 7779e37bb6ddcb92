/**
 * The committed program is what the committed source compiles to.
 */
import { readFileSync } from "node:fs"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { describe, expect, it } from "vitest"
import {
  buildProgram,
  CHECKSUM,
  checksumLine,
  compilerVersion,
  PROGRAM,
} from "../../../../chains/solana/program/build.js"
import { UnlinkableError } from "../../../../chains/solana/program/elf-object.js"
import { receiverRefusal } from "../../../../chains/solana/receiver-refusal.js"

const compiler = compilerVersion()
const committed = readFileSync(PROGRAM)
const source = (file: string) => readFileSync(new URL(`./${file}`, PROGRAM), "utf8")

describe("the committed program", () => {
  it("has the committed checksum", () => {
    expect(readFileSync(CHECKSUM, "utf8")).toBe(checksumLine(committed))
  })

  it("is what its source compiles to, byte for byte, twice", context => {
    if (!compiler && !process.env.CI) {
      console.warn("NOT CHECKED: clang-19 is not installed, so the Solana program was not rebuilt and compared")
      context.skip("clang-19 is not installed")
    }
    expect(compiler).not.toBeNull()
    const [first, second] = [buildProgram(), buildProgram()].map(program => Buffer.from(program))
    console.info(`Solana program: ${committed.length} bytes, rebuilt with ${compiler}`)
    expect(first?.equals(committed)).toBe(true)
    expect(second?.equals(committed)).toBe(true)
  })

  it("cannot be built for a CPU whose 32-bit code the runtime would run wrongly", context => {
    if (!compiler && !process.env.CI) context.skip("clang-19 is not installed")
    expect(() => buildProgram({ mcpu: "v3" })).toThrow(UnlinkableError)
  })
})

describe("the program's source", () => {
  it("numbers its refusals as the client names them", () => {
    const numbered = [...source("errors.h").matchAll(/^ {2}([A-Z_]+) = (\d+),/gm)]
    expect(numbered.length).toBeGreaterThan(10)
    for (const [, name, code] of numbered) expect(receiverRefusal(Number(code))).toBe(name)
    expect(receiverRefusal(numbered.length + 1)).toBeNull()
    expect(receiverRefusal(0)).toBeNull()
  })

  it("tags account leaves as all others do", () => {
    const tag = /LEAF_TAG\[[^{]*\{([^}]*)\}/.exec(source("verify.h"))?.[1] ?? ""
    const bytes = [...tag.matchAll(/0x([0-9a-f]{2})/g)].map(([, byte]) => Number.parseInt(byte ?? "", 16))
    expect(bytes).toEqual([...keccak_256(new TextEncoder().encode("plimsoll/account-leaf/1"))])
  })

  it("calls itself unaudited", () => {
    expect(source("receiver.c")).toContain("UNAUDITED")
  })
})
