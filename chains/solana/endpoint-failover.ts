/**
 * One cluster behind several endpoints: work is done at one of them from start to end, and begun again at the next
 * when that one cannot be used.
 */
import type { ChainId } from "../../aggregator/domain/caip.js"
import { ChainFault } from "../chain-fault.js"
import { checkGenesis } from "./pin.js"
import type { RpcEndpoint } from "./rpc.js"

export interface Cluster {
  readonly chain: ChainId
  /**
   * Does work at an endpoint that is known to serve this cluster; the last one that worked comes first.
   *
   * @throws whatever the work throws; ChainFault of the last endpoint when none can be used.
   */
  at<T>(work: (endpoint: RpcEndpoint) => Promise<T>, signal: AbortSignal): Promise<T>
}

/** @param endpoints tried in this order; at least one. */
export function openCluster(chain: ChainId, endpoints: readonly RpcEndpoint[]): Cluster {
  let preferred = 0
  return {
    chain,
    async at(work, signal) {
      let fault = new ChainFault("RPC_UNAVAILABLE", "no endpoint is configured")
      for (let tried = 0; tried < endpoints.length && !signal.aborted; tried++) {
        const index = (preferred + tried) % endpoints.length
        const endpoint = endpoints[index]
        if (!endpoint) continue
        try {
          await checkGenesis(endpoint, chain, signal)
          const done = await work(endpoint)
          preferred = index
          return done
        } catch (error) {
          if (!(error instanceof ChainFault)) throw error
          fault = new ChainFault(error.code, `${endpoint.host}: ${error.message}`)
        }
      }
      throw fault
    },
  }
}
