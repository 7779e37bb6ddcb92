/**
 * Turns a compiled object into a program that Solana's runtime loads: SBPF version 3.
 *
 *   file    0 ELF header | 64 program headers | 176 constants | code
 *   memory    constants at 0, read only        | code at 2^32, executable
 */
import { type ElfObject, type Relocation, UnlinkableError } from "./elf-object.js"
import { murmur3 } from "./murmur3.js"

const ENTRY_POINT = "entrypoint"
const CODE_ADDRESS = 1n << 32n
const SBPF_VERSION = 3
const HEADER_LENGTH = 64
const PROGRAM_HEADER_LENGTH = 56
const CONTENT_AT = HEADER_LENGTH + 2 * PROGRAM_HEADER_LENGTH
const INSTRUCTION_LENGTH = 8
/** So that no constant stands at address 0, which C takes for "none". */
const RESERVED = 16

const SEGMENT = { executable: 1, readable: 4 } as const
const RELOCATION = { address: 1, call: 10 } as const
const OPCODE = { loadAddress: 0x18, call: 0x85, callRegister: 0x8d, littleEndian: 0xd4, bigEndian: 0xdc } as const
/** The low three bits of an opcode. */
const CLASS = { arithmetic32: 4, jump32: 6 } as const

/** @throws UnlinkableError when the object has no entry point, names something unknown, or has forbidden code. */
export function link({ code: compiled, constants: compiledConstants, relocations, symbols }: ElfObject): Uint8Array {
  const constants = padded(Buffer.concat([Buffer.alloc(RESERVED), compiledConstants]))
  const code = Buffer.from(compiled)
  for (const relocation of relocations) relocate(code, relocation)
  requireKnownCode(code)
  const entry = symbols.find(({ name, section }) => name === ENTRY_POINT && section === "code")
  if (!entry) throw new UnlinkableError(`no function ${ENTRY_POINT}`)
  return Buffer.concat([
    fileHeader(CODE_ADDRESS + BigInt(entry.value)),
    programHeader(SEGMENT.readable, CONTENT_AT, 0n, constants.length),
    programHeader(SEGMENT.executable, CONTENT_AT + constants.length, CODE_ADDRESS, code.length),
    constants,
    code,
  ])
}

/** Fills in what an instruction names: the address of a constant, or a system call by its hash. */
function relocate(code: Buffer, { at, type, symbol }: Relocation): void {
  const opcode = code.readUInt8(at)
  const immediate = at + 4
  if (type === RELOCATION.address && opcode === OPCODE.loadAddress && symbol.section === "constants") {
    code.writeUInt32LE(RESERVED + symbol.value + code.readUInt32LE(immediate), immediate)
  } else if (type === RELOCATION.call && opcode === OPCODE.call && symbol.section === "undefined") {
    code.writeUInt8(code.readUInt8(at + 1) & 0x0f, at + 1)
    code.writeUInt32LE(murmur3(symbol.name), immediate)
  } else {
    throw new UnlinkableError(`relocation ${type} of ${symbol.name || symbol.section} at ${at}`)
  }
}

/**
 * Refuses 32-bit arithmetic and jumps, which a compiler writes for `-mcpu=v3`: the runtime extends the signs of their
 * results where the compiler expects zeros, so such code would run and be wrong. Also calls through a register.
 */
function requireKnownCode(code: Buffer): void {
  if (code.length === 0 || code.length % INSTRUCTION_LENGTH !== 0)
    throw new UnlinkableError(`${code.length} bytes of code`)
  for (let at = 0; at < code.length; at += INSTRUCTION_LENGTH) {
    const opcode = code.readUInt8(at)
    const kind = opcode & 7
    const swapsBytes = opcode === OPCODE.littleEndian || opcode === OPCODE.bigEndian
    const is32Bit = kind === CLASS.jump32 || (kind === CLASS.arithmetic32 && !swapsBytes)
    if (is32Bit || opcode === OPCODE.callRegister) throw new UnlinkableError(`opcode 0x${opcode.toString(16)} at ${at}`)
    // Its second half is a number, not an instruction.
    if (opcode === OPCODE.loadAddress) at += INSTRUCTION_LENGTH
  }
}

function fileHeader(entry: bigint): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH)
  // Magic, 64 bits, little-endian, version 1.
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  header.writeUInt16LE(3, 16) // shared object
  header.writeUInt16LE(247, 18) // BPF
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(entry, 24)
  header.writeBigUInt64LE(BigInt(HEADER_LENGTH), 32)
  header.writeUInt32LE(SBPF_VERSION, 48)
  header.writeUInt16LE(HEADER_LENGTH, 52)
  header.writeUInt16LE(PROGRAM_HEADER_LENGTH, 54)
  header.writeUInt16LE(2, 56)
  header.writeUInt16LE(64, 58) // length of a section header, of which there is none
  return header
}

function programHeader(flags: number, offset: number, address: bigint, length: number): Buffer {
  const header = Buffer.alloc(PROGRAM_HEADER_LENGTH)
  header.writeUInt32LE(1, 0) // loaded
  header.writeUInt32LE(flags, 4)
  header.writeBigUInt64LE(BigInt(offset), 8)
  header.writeBigUInt64LE(address, 16)
  header.writeBigUInt64LE(address, 24)
  header.writeBigUInt64LE(BigInt(length), 32)
  header.writeBigUInt64LE(BigInt(length), 40)
  return header
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)])
