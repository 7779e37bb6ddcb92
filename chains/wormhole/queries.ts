/**
 * Contract calls answered by Wormhole's guardians (Queries): the answer is signed by a quorum of them, so no endpoint
 * has to be believed. What is checked: the signatures, that the answer is to this very request, and its block.
 */
import { randomInt } from "node:crypto"
import { Signature } from "@wormhole-foundation/sdk-definitions"
import {
  EthCallQueryRequest,
  EthCallQueryResponse,
  PerChainQueryRequest,
  QueryRequest,
  QueryResponse,
} from "@wormhole-foundation/wormhole-query-sdk"
import { z } from "zod"
import { ChainFault, described, shortened } from "../chain-fault.js"
import { guardedEndpoint } from "../reading/guarded-endpoint.js"
import { requireSignatures } from "./vaa.js"

export interface QuerySettings {
  /** Where requests are posted to. */
  readonly url: string
  /** Sent as `X-API-Key`. */
  readonly apiKey?: string
  /** The guardian set in force, in its order: what the signatures are checked against. */
  readonly guardians: readonly string[]
  readonly wormholeChain: number
  readonly timeoutMs: number
}

export interface QueriedCall {
  readonly blockNumber: bigint
  readonly to: string
  readonly data: string
}

export interface QueriedAnswer {
  readonly blockNumber: bigint
  readonly blockHash: string
  /** Unix seconds. */
  readonly timestamp: number
  readonly result: string
}

export interface Queries {
  readonly host: string
  /** @throws ChainFault NOT_SIGNED for an answer that guardians did not sign or that is to something else. */
  call(call: QueriedCall, signal: AbortSignal): Promise<QueriedAnswer>
}

const hexText = z.string().regex(/^(0x)?([0-9a-f]{2})+$/i)
/** 65 bytes of signature and one of the guardian's index. */
const SIGNATURE_DIGITS = 132
const answerSchema = z.object({ bytes: hexText, signatures: z.array(hexText.length(SIGNATURE_DIGITS)) })

const MICROSECONDS = 1_000_000n
const NONCES = 2 ** 32

export function openQueries({ url, apiKey, guardians, wormholeChain, timeoutMs }: QuerySettings): Queries {
  const { host, post } = guardedEndpoint(url, { timeoutMs, ...(apiKey && { headers: { "x-api-key": apiKey } }) })
  const addresses = guardians.map(address => address.toLowerCase())

  return {
    host,
    async call({ blockNumber, to, data }, signal) {
      const query = new EthCallQueryRequest(`0x${blockNumber.toString(16)}`, [{ to, data }])
      // A nonce of its own keeps an older answer to the same question from being an answer to this one.
      const request = new QueryRequest(randomInt(NONCES - 1), [new PerChainQueryRequest(wormholeChain, query)])
      const asked = hex(request.serialize())
      const { ok, status, body } = await post({ bytes: asked }, signal)
      const { data: answer } = answerSchema.safeParse(body)
      if (!ok) throw new ChainFault("RPC_UNAVAILABLE", `HTTP ${status}`)
      if (!answer) throw new ChainFault("DECODE", "the answer is no signed query response")
      return checked(bytesOf(answer.bytes), answer.signatures, asked)
    },
  }

  function checked(bytes: Uint8Array, signatures: readonly string[], asked: string): QueriedAnswer {
    try {
      requireSignatures(QueryResponse.digest(bytes), signatures.map(guardianSignature), addresses)
      const { request, responses } = QueryResponse.from(bytes)
      if (hex(request.serialize()) !== asked) throw new RangeError("it answers another request")
      const [only, ...others] = responses
      const answered = only?.chainId === wormholeChain ? only.response : undefined
      if (!(answered instanceof EthCallQueryResponse) || others.length > 0) throw new RangeError("it answers otherwise")
      const [result] = answered.results
      if (result === undefined || answered.results.length > 1) throw new RangeError("it has not one result")
      const { blockNumber, blockHash, blockTime } = answered
      return { blockNumber, blockHash, timestamp: Number(blockTime / MICROSECONDS), result }
    } catch (error) {
      throw new ChainFault("NOT_SIGNED", shortened(`the query response is not valid: ${described(error)}`))
    }
  }
}

/** r 32 · s 32 · recovery 1 · guardian index 1. */
function guardianSignature(text: string) {
  const digits = text.replace(/^0x/, "")
  const part = (from: number, to: number) => BigInt(`0x${digits.slice(from, to)}`)
  return {
    guardianIndex: Number(part(130, 132)),
    signature: new Signature(part(0, 64), part(64, 128), Number(part(128, 130))),
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/^0x/, ""), "hex"))
