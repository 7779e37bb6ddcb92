/**
 * One chain behind several endpoints, as a transport of viem: requests go to the one that last answered, and move on
 * to the next when it does not. An endpoint has to show the chain's id before anything of it is believed.
 */
import { createTransport, HttpRequestError, http, LimitExceededRpcError, TimeoutError, type Transport } from "viem"
import { ChainFault } from "../chain-fault.js"

export interface FailoverOptions {
  /** Tried in this order; at least one. */
  readonly urls: readonly string[]
  readonly chainId: number
  readonly timeoutMs: number
}

export function failoverTransport({ urls, chainId, timeoutMs }: FailoverOptions): Transport {
  return config => {
    const endpoints = urls.map(url => {
      const { request } = http(url, { timeout: timeoutMs, retryCount: 0 })({ ...config, retryCount: 0 })
      let known = false
      return {
        async request(args: { method: string; params?: unknown }) {
          try {
            if (!known) await requireChain(await request({ method: "eth_chainId" }), chainId)
            known = true
            return await request(args as Parameters<typeof request>[0])
          } catch (error) {
            // Whoever was away may come back as somebody else.
            if (isUnusable(error)) known = false
            throw error
          }
        },
      }
    })
    let preferred = 0
    return createTransport({
      key: "failover",
      name: "Endpoints in order",
      type: "failover",
      retryCount: 0,
      async request(args): Promise<never> {
        for (let tried = 1; ; tried++) {
          const at = preferred
          try {
            return (await endpoints[at]?.request(args)) as never
          } catch (error) {
            if (!isUnusable(error)) throw error
            if (preferred === at) preferred = (at + 1) % endpoints.length
            if (tried >= endpoints.length) throw error
          }
        }
      },
    })
  }
}

/** The endpoint's fault, and not that of what was asked. */
const isUnusable = (error: unknown): boolean =>
  error instanceof HttpRequestError ||
  error instanceof TimeoutError ||
  error instanceof LimitExceededRpcError ||
  error instanceof ChainFault

async function requireChain(answer: unknown, expected: number): Promise<void> {
  const actual = Number(answer)
  if (actual === expected) return
  throw new ChainFault("WRONG_CHAIN", `the node is on eip155:${actual}, eip155:${expected} is configured`)
}
