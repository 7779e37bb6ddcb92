/**
 * Who can say, for each configured chain, whether a holder signed a text.
 */
import type { ChainId } from "../aggregator/domain/caip.js"
import { chainId } from "../aggregator/domain/caip.js"
import type { SignatureCheck } from "../aggregator/domain/sign-in.js"
import type { ChainConfig } from "./chain-config.js"
import { evmSignatureCheck } from "./evm/sign-in.js"
import { solanaSignatureCheck } from "./solana/sign-in.js"

export function signatureChecks(chains: readonly ChainConfig[]): ReadonlyMap<ChainId, SignatureCheck> {
  const checks = chains.map(config => {
    const chain = chainId(config.chain)
    const [url = ""] = config.rpc
    return config.kind === "evm" ? evmSignatureCheck(chain, url) : solanaSignatureCheck(chain)
  })
  return new Map(checks.map(check => [check.chain, check]))
}
