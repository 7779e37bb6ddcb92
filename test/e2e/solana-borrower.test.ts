/**
 * The example of a protocol on Solana: it calls the receiver program and lends only to healthy accounts.
 */
import { Keypair, PublicKey, type TransactionInstruction } from "@solana/web3.js"
import { beforeAll, describe, expect, it } from "vitest"
import type { AccountLeaf } from "../../aggregator/domain/attestation.js"
import { base58Bytes32 } from "../../aggregator/domain/chain-bytes.js"
import { type Usd, usd } from "../../aggregator/domain/fixed.js"
import type { AccountStatus } from "../../aggregator/domain/health.js"
import { attestationTree, orderLeaves } from "../../aggregator/domain/merkle.js"
import { buildProgram, compilerVersion } from "../../chains/solana/program/build.js"
import { verifyInstruction } from "../../chains/solana/receiver-proof.js"
import { encodePayload } from "../../chains/wormhole/payload.js"
import { attestationOf, headerOf, leaves } from "../support/attestation.js"
import { NOW, ReceiverBench, signed } from "../support/solana-receiver.js"

const BORROWER = new PublicKey(Buffer.from("the borrower's example program.."))
const SOLANA = 1
const WRONG_ACCOUNTS = '{"Custom":101}'
const NOT_THEIR_ACCOUNT = '{"Custom":102}'
const NOT_HEALTHY = '{"Custom":104}'

const hasCompiler = compilerVersion() !== null
if (!hasCompiler) console.warn("NOT CHECKED unless in CI: clang-19 is not installed, so the example was not built")

// In CI the compiler has to be there: building fails without it.
describe.runIf(hasCompiler || process.env.CI)("a program that asks the receiver", () => {
  let bench: ReceiverBench
  beforeAll(() => {
    bench = ReceiverBench.opened()
    bench.svm.addProgram(BORROWER.toBytes(), buildProgram({ source: "examples/borrower.c" }))
  })

  /** Attests the payer's own account among others and asks for a loan with its proof. */
  function borrow(
    account: { equity?: Usd; status?: AccountStatus; wormholeChain?: number; holder?: PublicKey },
    change: (instruction: TransactionInstruction) => void = () => {},
  ) {
    const { holder = bench.payer.publicKey, ...figures } = account
    const others = leaves(7).map(({ index: _, ...leaf }) => leaf)
    const [template] = others
    if (!template) throw new Error("no leaves")
    const own: Omit<AccountLeaf, "index"> = {
      ...template,
      equity: usd(100n),
      maintenanceMargin: usd(60n),
      status: "NORMAL",
      wormholeChain: SOLANA,
      ...figures,
      holder: base58Bytes32(holder.toBase58()),
    }
    const attested = orderLeaves([...others, own])
    const { root, header, proof } = attestationTree(headerOf(attested.length), attested)
    const epoch = bench.held().epoch + 1n
    const attestation = { ...attestationOf(0, epoch, NOW), root, header, leaves: attested }
    expect(bench.deliver(signed({ payload: encodePayload(attestation) })).refusal).toBeNull()
    const leaf = attested.find(each => each.holder === own.holder)
    if (!leaf) throw new Error("no leaf")
    const instruction = verifyInstruction(bench.receiver, leaf, proof(leaf.index))
    instruction.programId = BORROWER
    instruction.keys.push(
      { pubkey: bench.payer.publicKey, isSigner: true, isWritable: false },
      { pubkey: bench.program, isSigner: false, isWritable: false },
    )
    change(instruction)
    return bench.send([instruction])
  }

  it("lends to a healthy borrower", () => {
    const { refusal, units } = borrow({})
    expect(refusal).toBeNull()
    console.info(`Solana example loan, health proved by a call: ${units} units`)
  })

  it("does not lend below maintenance margin, nor in any status but the best", () => {
    expect(borrow({ equity: usd(59n) }).refusal).toBe(NOT_HEALTHY)
    expect(borrow({ equity: usd(60n) }).refusal).toBeNull()
    expect(borrow({ status: "MARGIN_CALL" }).refusal).toBe(NOT_HEALTHY)
  })

  it("does not lend on a status without numbers: the receiver's refusal is the loan's", () => {
    expect(borrow({ status: "STALE" }).refusal).toBe("HEALTH_UNKNOWN")
    expect(borrow({ status: "UNAVAILABLE" }).refusal).toBe("HEALTH_UNKNOWN")
  })

  it("does not lend on somebody else's health, or on one of another chain", () => {
    expect(borrow({ holder: Keypair.generate().publicKey }).refusal).toBe(NOT_THEIR_ACCOUNT)
    expect(borrow({ wormholeChain: 2 }).refusal).toBe(NOT_THEIR_ACCOUNT)
  })

  it("does not lend on another state, without the borrower's signature, or on figures of their own", () => {
    const copy = Keypair.generate().publicKey
    const { owner, data } = bench.account(bench.state)
    bench.put(copy, owner, data)
    const replaced = (place: number, change: Partial<TransactionInstruction["keys"][number]>) =>
      borrow({}, instruction => {
        instruction.keys = instruction.keys.map((key, i) => (i === place ? { ...key, ...change } : key))
      })
    expect(replaced(0, { pubkey: copy }).refusal).toBe(WRONG_ACCOUNTS)
    expect(replaced(1, { pubkey: copy, isSigner: false }).refusal).toBe(WRONG_ACCOUNTS)
    const richer = (instruction: TransactionInstruction) => instruction.data.writeUInt8(1, 80)
    expect(borrow({}, richer).refusal).toBe("LEAF_NOT_INCLUDED")
  })

  it("does not take another instruction of the receiver for a proof", () => {
    const kind = (instruction: TransactionInstruction) => instruction.data.writeUInt8(1, 0)
    const short = (instruction: TransactionInstruction) => {
      instruction.data = instruction.data.subarray(0, 127)
    }
    for (const change of [kind, short]) expect(borrow({}, change).refusal).toBe(NOT_THEIR_ACCOUNT)
  })
})
