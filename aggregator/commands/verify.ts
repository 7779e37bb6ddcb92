/**
 * `plimsoll verify`: re-computes a published epoch and says OK, or the first value that differs.
 */
import type { ChainConfig } from "../../chains/chain-config.js"
import { rereaderOf } from "../../chains/readers.js"
import { decodePayload } from "../../chains/wormhole/payload.js"
import { parseVaa } from "../../chains/wormhole/vaa.js"
import { loadKernel } from "../../wasm-core/kernel.js"
import { readConfig } from "../config-file.js"
import { splitAddress } from "../domain/caip.js"
import { InvalidInputError } from "../domain/errors.js"
import type { Snapshot } from "../domain/snapshot.js"
import { type Difference, verifyEpoch } from "../pipeline/verify-epoch.js"
import { readingDifference } from "../pipeline/verify-reading.js"
import { downloadEpoch, type EpochDocuments, readEpochFile, writeEpochFile } from "./published-epoch.js"

export interface VerifyOptions {
  /** Where an epoch that is given by its number is looked up. */
  readonly service: string
  /** Configuration whose chains are read again. */
  readonly reread?: string
  /** File that the whole epoch is written to. */
  readonly save?: string
}

/** Sets the exit code to 1 when anything differs. @throws InvalidInputError, DownloadError; whatever makes a check impossible. */
export async function verify(subject: string, options: VerifyOptions, say = console.log): Promise<void> {
  const documents = await epochOf(subject, options.service)
  if (options.save) await writeEpochFile(options.save, documents)
  const { vaa, ...published } = documents
  const message = vaa && decodePayload(parseVaa(vaa).payload)
  const verdict = await verifyEpoch({ ...published, message }, loadKernel)
  if (verdict.status === "differs") return complain(verdict.difference, say)
  const { epoch, root, leaves, header } = verdict.attestation
  const signed = message
    ? "its signed message says the same"
    : "it is not signed yet, so its number and validity are the publisher's word"
  say(`OK: epoch ${epoch}, ${leaves.length} leaves, root ${root}`)
  say(`    re-computed bit for bit with policy ${header.policyHash} and Wasm ${header.wasmHash}; ${signed}`)
  if (options.reread)
    await rereadChains(verdict.snapshot, (await readConfig(options.reread, process.env)).config.chains, say)
}

async function epochOf(subject: string, service: string): Promise<EpochDocuments> {
  if (/^\d+$/.test(subject)) return downloadEpoch(`${service.replace(/\/$/, "")}/v1/attestations/${subject}`)
  return /^https?:\/\//.test(subject) ? downloadEpoch(subject) : readEpochFile(subject)
}

async function rereadChains(
  snapshot: Snapshot,
  configs: readonly ChainConfig[],
  say: typeof console.log,
): Promise<void> {
  const linked = snapshot.accounts.flatMap(account => account.addresses)
  for (const state of snapshot.chains) {
    const { chain } = state
    const config = configs.find(each => each.chain === chain)
    if (!config)
      throw new InvalidInputError([{ pointer: "/chains", code: "MISSING_CHAIN", detail: `${chain} is not configured` }])
    if (state.status !== "ok") {
      say(`    ${chain} was unavailable (${state.code}); there is nothing to read again`)
      continue
    }
    const reader = rereaderOf(config, state.pin)
    if (!reader) {
      say(`    ${chain} keeps no history, so what was read there at slot ${heightOf(state.pin)} cannot be read again`)
      continue
    }
    const addresses = linked.filter(each => splitAddress(each).chain === chain)
    const reading = await reader.read(addresses, new AbortController().signal)
    if (reading.status !== "ok") {
      throw new InvalidInputError([{ pointer: `/chains/${chain}`, code: reading.code, detail: reading.detail }])
    }
    const difference = readingDifference(snapshot, reading)
    if (difference) return complain({ ...difference, field: `${chain} ${difference.field}` }, say)
    say(`OK: ${chain} read again at ${heightOf(state.pin)}, ${addresses.length} addresses`)
  }
}

const heightOf = (pin: Extract<Snapshot["chains"][number], { status: "ok" }>["pin"]): string =>
  pin.kind === "evm" ? `block ${pin.blockNumber}` : String(pin.minSlot)

function complain({ account, field, published, recomputed }: Difference, say: typeof console.log): void {
  process.exitCode = 1
  say(`DIFFERS: ${account === null ? "" : `account ${account}, `}${field}`)
  say(`    published   ${published}`)
  say(`    re-computed ${recomputed}`)
}
