/**
 * Where a verifier gets an epoch from: a service over HTTP, or a file that holds all of it.
 */
import { writeFile } from "node:fs/promises"
import { z } from "zod"
import { InvalidInputError, PlimsollError } from "../domain/errors.js"
import { inputIssues } from "../domain/input-issues.js"
import { readJson } from "../read-json.js"

/** Everything published of one epoch, byte for byte. */
export interface EpochDocuments {
  readonly commitment: Uint8Array
  readonly snapshot: Uint8Array
  readonly policy: Uint8Array
  readonly wasm: Uint8Array<ArrayBuffer>
  /** `null` until a quorum of guardians has signed it. */
  readonly vaa: Uint8Array | null
}

/** A service that does not answer, or does not have what it should. */
class DownloadError extends PlimsollError {
  readonly code = "DOWNLOAD_FAILED"
  constructor(
    readonly url: string,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${url}: ${detail}`, options)
  }
}

const DOWNLOAD_TIMEOUT_MS = 60_000

/**
 * Downloads an epoch: the address of a service (its newest epoch), or of one of its attestations.
 *
 * @throws DownloadError, InvalidInputError when the attestation is no such document.
 */
export async function downloadEpoch(url: string): Promise<EpochDocuments> {
  const { service, path } = placeOf(url)
  const named = z.object({ epoch: z.string(), wasmHash: z.string(), policyHash: z.string() })
  const found = named.safeParse(JSON.parse(text(await download(`${service}/v1/attestations/${path}`))))
  if (!found.success) throw new InvalidInputError(inputIssues(found.error.issues))
  const { epoch, wasmHash, policyHash } = found.data
  const at = `${service}/v1/attestations/${epoch}`
  const [commitment, snapshot, policy, wasm, vaa] = await Promise.all([
    download(`${at}/commitment`),
    download(`${at}/snapshot`),
    download(`${service}/v1/policies/${policyHash}`),
    download(`${service}/v1/wasm/${wasmHash}`),
    download(`${at}/vaa`).catch(error => {
      if (error instanceof DownloadError && error.detail.startsWith("404")) return null
      throw error
    }),
  ])
  return { commitment, snapshot, policy, wasm, vaa }
}

function placeOf(url: string): { service: string; path: string } {
  const { origin, pathname } = new URL(url)
  const epoch = /^(.*)\/v1\/attestations\/(\d+|latest)\/?$/.exec(pathname)
  if (epoch) return { service: `${origin}${epoch[1]}`, path: epoch[2] ?? "latest" }
  return { service: `${origin}${pathname.replace(/\/$/, "")}`, path: "latest" }
}

async function download(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) }).catch(cause => {
    throw new DownloadError(url, "no answer; is the service running there?", { cause })
  })
  if (!response.ok) throw new DownloadError(url, `${response.status}: ${await response.text()}`)
  return new Uint8Array(await response.arrayBuffer())
}

const bytes = z.base64().transform(each => new Uint8Array(Buffer.from(each, "base64")))
const fileSchema = z.strictObject({
  format: z.literal("plimsoll/epoch/1"),
  commitment: bytes,
  snapshot: bytes,
  policy: bytes,
  wasm: bytes,
  vaa: bytes.nullable(),
})

/** @throws InvalidInputError when the file cannot be read, or is no epoch. */
export async function readEpochFile(file: string): Promise<EpochDocuments> {
  const parsed = fileSchema.safeParse(await readJson(file))
  if (!parsed.success) throw new InvalidInputError(inputIssues(parsed.error.issues))
  return parsed.data
}

/** Writes all of an epoch into one file, for later and for others. */
export async function writeEpochFile(file: string, { vaa, ...documents }: EpochDocuments): Promise<void> {
  const encoded = Object.entries(documents).map(([name, each]) => [name, Buffer.from(each).toString("base64")])
  const signed = vaa && Buffer.from(vaa).toString("base64")
  await writeFile(file, JSON.stringify({ format: "plimsoll/epoch/1", ...Object.fromEntries(encoded), vaa: signed }))
}

const text = (content: Uint8Array): string => new TextDecoder().decode(content)
