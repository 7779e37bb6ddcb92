/**
 * What a relay tells Prometheus: deliveries, money, and above all what every chain really holds.
 */
import { Counter, Gauge, type Registry } from "prom-client"
import type { RelayEvent } from "../../chains/relay/relay.js"
import { PlimsollError } from "../domain/errors.js"
import type { Clock } from "../domain/ports.js"

/** Decimals of the coin that a chain's fees are paid in. */
const DECIMALS: Readonly<Record<string, number>> = { eip155: 18, solana: 9 }

/** For a graph only; accounts of money are kept elsewhere, exactly. */
const coins = (chain: string, amount: bigint): number =>
  Number(amount) / 10 ** (DECIMALS[chain.split(":")[0] ?? ""] ?? 0)

/** Registers the metrics and returns what is to be told of every event. */
export function relayMetrics(registry: Registry, clock: Clock): (event: RelayEvent) => void {
  const registers = [registry]
  const held = new Map<string, number>()
  const deliveries = new Counter({
    name: "plimsoll_deliveries_total",
    help: "Epochs by what became of them on a chain",
    labelNames: ["chain", "status"],
    registers,
  })
  const epoch = new Gauge({
    name: "plimsoll_confirmed_epoch",
    help: "Newest epoch that the chain holds",
    labelNames: ["chain"],
    registers,
  })
  new Gauge({
    name: "plimsoll_confirmed_epoch_age_seconds",
    help: "Age of the newest attestation that the chain holds",
    labelNames: ["chain"],
    registers,
    collect() {
      for (const [chain, timestamp] of held) this.set({ chain }, clock.now() - timestamp)
    },
  })
  const spent = new Counter({
    name: "plimsoll_relay_spent_coins_total",
    help: "Fees paid for deliveries, in the chain's coin",
    labelNames: ["chain"],
    registers,
  })
  const balance = new Gauge({
    name: "plimsoll_relay_balance_coins",
    help: "What the paying key holds, in the chain's coin",
    labelNames: ["chain"],
    registers,
  })
  const low = new Gauge({
    name: "plimsoll_relay_balance_low",
    help: "1 while the paying key holds less than its alert",
    labelNames: ["chain"],
    registers,
  })
  const troubles = new Counter({
    name: "plimsoll_relay_troubles_total",
    help: "Rounds that failed, by error code",
    labelNames: ["chain", "code"],
    registers,
  })
  const standby = new Gauge({
    name: "plimsoll_relay_standby",
    help: "1 while another instance holds the lease",
    registers,
  })

  return event => {
    switch (event.kind) {
      case "held":
        if (event.held.epoch > 0n) held.set(event.chain, event.held.timestamp)
        return epoch.set({ chain: event.chain }, Number(event.held.epoch))
      case "delivery": {
        const { chain, status } = event.delivery
        if (status !== "PENDING") deliveries.inc({ chain, status })
        return
      }
      case "paid":
        return spent.inc({ chain: event.chain }, coins(event.chain, event.fee))
      case "balance":
        balance.set({ chain: event.chain }, coins(event.chain, event.balance))
        return low.set({ chain: event.chain }, event.low ? 1 : 0)
      case "trouble": {
        const code = event.error instanceof PlimsollError ? event.error.code : "UNEXPECTED"
        return troubles.inc({ chain: event.chain ?? "aggregator", code })
      }
      case "undeployed":
        return
      case "standby":
        return standby.set(event.standby ? 1 : 0)
    }
  }
}
