/**
 * Signatures of EVM holders: of a key, of a contract (ERC-1271), and of a contract that is yet to be deployed (ERC-6492).
 */
import { createPublicClient, type Hex, type Address as Holder, http, isHex, recoverMessageAddress } from "viem"
import type { ChainId } from "../../aggregator/domain/caip.js"
import type { SignatureCheck } from "../../aggregator/domain/sign-in.js"
import { evmAddress } from "./address.js"
import { rethrown } from "./sender.js"

const REQUEST_TIMEOUT_MS = 10_000
/** No wallet's signature is longer; the node would be asked to run whatever comes. */
const LONGEST_SIGNATURE = 2 * 16_384

export function evmSignatureCheck(chain: ChainId, url: string): SignatureCheck {
  const client = createPublicClient({ transport: http(url, { timeout: REQUEST_TIMEOUT_MS, retryCount: 1 }) })
  return {
    chain,
    spelled: holder => evmAddress.safeParse(holder).data ?? null,
    async signed(holder, message, signature) {
      if (!isHex(signature) || signature.length > LONGEST_SIGNATURE) return false
      if ((await signerOf(message, signature)) === holder) return true
      const node = await client.getChainId().catch(rethrown)
      if (`eip155:${node}` !== chain) return false
      return client.verifyMessage({ address: holder as Holder, message, signature }).catch(rethrown)
    },
  }
}

/** `null` where no key can have made the signature. */
const signerOf = (message: string, signature: Hex): Promise<Holder | null> =>
  recoverMessageAddress({ message, signature }).catch(() => null)
