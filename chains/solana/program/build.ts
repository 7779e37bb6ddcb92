/**
 * Compiles the receiver program with Debian's clang-19 and links it: `npx tsx chains/solana/program/build.ts`.
 * The executable and its sha256 are committed, so that nothing else needs a compiler; a test rebuilds and compares.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { readObject, UnlinkableError } from "./elf-object.js"
import { link } from "./linker.js"

export const PROGRAM = new URL("./receiver.so", import.meta.url)
export const CHECKSUM = new URL("./receiver.so.sha256", import.meta.url)

const COMPILER = "clang-19"
const FLAGS = [
  "--target=bpfel",
  "-O2",
  "-std=c11",
  "-ffreestanding",
  "-fno-builtin",
  "-fno-jump-tables",
  "-I.",
  // A frame on Solana; the compiler's own limit is Linux's 512 bytes.
  ...["-mllvm", "-bpf-stack-size=4096"],
  ...["-Wall", "-Wextra", "-Werror"],
]

/** First line of what the compiler says of itself; `null` when it is not installed. */
export function compilerVersion(): string | null {
  const { error, stdout } = spawnSync(COMPILER, ["--version"], { encoding: "utf8" })
  return error ? null : (stdout.split("\n")[0] ?? "")
}

interface BuildOptions {
  /** A C file of this folder, or of any other by its whole path; default the receiver. */
  readonly source?: string
  /** The runtime extends the signs of 32-bit results where v3 expects zeros, so the linker refuses its code. */
  readonly mcpu?: "v2" | "v3"
}

/** @throws UnlinkableError with the compiler's own words, or when its output cannot be linked. */
export function buildProgram({ source = "receiver.c", mcpu = "v2" }: BuildOptions = {}): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "receiver-"))
  try {
    const object = join(folder, "program.o")
    const { status, error, stderr } = spawnSync(COMPILER, [...FLAGS, `-mcpu=${mcpu}`, "-c", source, "-o", object], {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      encoding: "utf8",
    })
    if (status !== 0) throw new UnlinkableError(error?.message ?? stderr)
    return link(readObject(readFileSync(object)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** As `sha256sum` prints it. */
export const checksumLine = (program: Uint8Array): string =>
  `${createHash("sha256").update(program).digest("hex")}  receiver.so\n`

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const program = buildProgram()
  writeFileSync(PROGRAM, program)
  writeFileSync(CHECKSUM, checksumLine(program))
}
