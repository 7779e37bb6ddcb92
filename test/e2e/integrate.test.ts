/**
 * The wallet and the Solana program of docs/integrate.md, run as they stand there; its contract is in evm-consumers.test.ts.
 */
import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { PublicKey } from "@solana/web3.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { base58Bytes32 } from "../../aggregator/domain/chain-bytes.js"
import { usd } from "../../aggregator/domain/fixed.js"
import { attestationTree, orderLeaves } from "../../aggregator/domain/merkle.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { buildProgram, compilerVersion } from "../../chains/solana/program/build.js"
import { verifyInstruction } from "../../chains/solana/receiver-proof.js"
import { encodePayload, revocationPayload } from "../../chains/wormhole/payload.js"
import { attestationOf, headerOf, leaves } from "../support/attestation.js"
import { startAttestationChains } from "../support/attestation-chains.js"
import { deliverer, treeOver } from "../support/attested-book.js"
import { codeIn, linesOf } from "../support/documentation.js"
import { startServer } from "../support/http.js"
import { snapshot, startBench } from "../support/service.js"
import { NOW, ReceiverBench, signed } from "../support/solana-receiver.js"

describe("the documentation's wallet", () => {
  const code = codeIn("integrate.md", "ts")
  const ALICE = devAccount(1).address
  let folder: string
  let chains: Awaited<ReturnType<typeof startAttestationChains>>
  let service: Awaited<ReturnType<typeof startServer>>
  let bench: Awaited<ReturnType<typeof startBench>>
  beforeAll(async () => {
    // Beside the build's output, where the wallet finds its packages as any project does.
    folder = await mkdtemp(fileURLToPath(new URL("../../dist/wallet-", import.meta.url)))
    await writeFile(join(folder, "wallet.ts"), code)
    chains = await startAttestationChains()
    bench = await startBench()
    service = await startServer(async path => {
      const response = await bench.get(path)
      return { status: response.status, body: await response.text() }
    })
  })
  afterAll(async () => {
    await service?.stop()
    await chains?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (address: string) => {
    const { url, receiver } = chains.home
    const script = join(folder, "wallet.ts")
    return promisify(execFile)(process.execPath, [
      "--import",
      "tsx",
      script,
      service.url,
      url,
      receiver.address,
      address,
    ])
  }

  it("has fewer than thirty lines", () => {
    expect(linesOf(code)).toBeLessThan(30)
  })

  it("reads the health that the chain proves, and nothing when the epoch was withdrawn", async () => {
    const epochs = deliverer(chains.home, chains.emitter)
    const attestation = await epochs.deliver(treeOver([{ holder: ALICE, health: 12_500_000_000_000_000_000n }]))
    await bench.book.recordEpoch(attestation, bench.assess(snapshot()))
    const { stdout } = await run(`eip155:1337:${ALICE}`)
    expect(stdout).toBe("12.5 USD above maintenance margin, status 0, proved by epoch 1\n")
    await epochs.send(revocationPayload)
    await expect(run(`eip155:1337:${ALICE}`)).rejects.toMatchObject({ stderr: expect.stringContaining("EpochRevoked") })
  })
})

const hasCompiler = compilerVersion() !== null
if (!hasCompiler)
  console.warn("NOT CHECKED unless in CI: clang-19 is not installed, so the documentation's program was not built")

describe.runIf(hasCompiler || process.env.CI)("the documentation's Solana program", () => {
  const code = codeIn("integrate.md", "c")
  const LENDER = new PublicKey(Buffer.from("the documentation's lender progr"))
  const bench = ReceiverBench.opened()
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "plimsoll-lender-"))
    const bytes = (key: PublicKey) => `{${[...key.toBytes()].join(", ")}}`
    await writeFile(
      join(folder, "addresses.h"),
      `static const _Alignas(8) u8 RECEIVER[] = ${bytes(bench.program)};
       static const _Alignas(8) u8 TRUSTED_STATE[] = ${bytes(bench.state)};\n`,
    )
    await writeFile(join(folder, "lender.c"), code)
    bench.svm.addProgram(LENDER.toBytes(), buildProgram({ source: join(folder, "lender.c") }))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  function borrow(equity: bigint, holder = bench.payer.publicKey) {
    const others = leaves(7).map(({ index: _, ...leaf }) => leaf)
    const [template] = others
    if (!template) throw new Error("no leaves")
    const figures = { equity: usd(equity), maintenanceMargin: usd(60n), status: "NORMAL" as const }
    const own = { ...template, ...figures, wormholeChain: 1, holder: base58Bytes32(holder.toBase58()) }
    const attested = orderLeaves([...others, own])
    const { root, proof } = attestationTree(headerOf(attested.length), attested)
    const payload = encodePayload({ ...attestationOf(0, bench.held().epoch + 1n, NOW), root })
    expect(bench.deliver(signed({ payload })).refusal).toBeNull()
    const leaf = attested.find(each => each.holder === own.holder)
    if (!leaf) throw new Error("no leaf")
    const instruction = verifyInstruction(bench.receiver, leaf, proof(leaf.index))
    instruction.programId = LENDER
    instruction.keys.push(
      { pubkey: bench.payer.publicKey, isSigner: true, isWritable: false },
      { pubkey: bench.program, isSigner: false, isWritable: false },
    )
    return bench.send([instruction]).refusal
  }

  it("has fewer than thirty lines", () => {
    expect(linesOf(code)).toBeLessThan(30)
  })

  it("lends to the healthy only, and only on their own account", () => {
    expect(borrow(60n)).toBeNull()
    expect(borrow(59n)).toBe('{"Custom":104}')
    expect(borrow(100n, LENDER)).toBe('{"Custom":102}')
  })
})
