/**
 * A chain that does what a test says: it holds what was submitted, costs what it is told to, and can be away.
 */
import { type ChainId, chainId } from "../../aggregator/domain/caip.js"
import { ChainFault } from "../../chains/chain-fault.js"
import {
  type CostForecast,
  type DeliveryTarget,
  type HeldAttestation,
  NOTHING_HELD,
  type SignedAttestation,
} from "../../chains/relay/target.js"
import { decodePayload } from "../../chains/wormhole/payload.js"
import { parseVaa } from "../../chains/wormhole/vaa.js"

export class ScriptedTarget implements DeliveryTarget {
  readonly chain: ChainId
  holds: HeldAttestation = NOTHING_HELD
  cost: CostForecast = { gas: 100_000n, fee: 1_000n }
  funds = 10n ** 18n
  /** Thrown by everything while it is set. */
  away: Error | null = null
  /** Called before a submission lands. */
  onSubmit: (attestation: SignedAttestation, signal: AbortSignal) => Promise<void> = async () => {}
  readonly submitted: bigint[] = []

  constructor(chain = "eip155:1") {
    this.chain = chainId(chain)
  }

  goAway(): void {
    this.away = new ChainFault("RPC_UNAVAILABLE", "no answer")
  }

  /** The block that holds the newest attestation is gone. */
  reorganise(): void {
    this.holds = NOTHING_HELD
  }

  held = async () => this.#present(this.holds)
  forecast = async () => this.#present(this.cost)
  balance = async () => this.#present(this.funds)

  async submit(attestation: SignedAttestation, _mostFee: bigint | null, signal: AbortSignal) {
    this.#present(null)
    await this.onSubmit(attestation, signal)
    const { epoch, root, vaa } = attestation
    this.submitted.push(epoch)
    this.holds = { epoch, root, timestamp: decodePayload(parseVaa(vaa).payload).timestamp }
    return { transaction: `0x${epoch}`, gasUsed: this.cost.gas, fee: this.cost.fee }
  }

  #present<T>(answer: T): T {
    if (this.away) throw this.away
    return answer
  }
}
