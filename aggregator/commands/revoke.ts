/**
 * `plimsoll revoke`: withdraws published epochs by a message that every receiver takes, and waits until each has it.
 * Keys are the service's own. While a service runs, its next epoch stands again and repeats the revocation.
 */
import { memoryOutbox } from "../../chains/relay/outbox.js"
import { openWire } from "../../chains/relay/wire.js"
import { readConfig } from "../config-file.js"
import { InvalidInputError } from "../domain/errors.js"
import type { Delivery } from "../domain/ports.js"
import { secretsIn } from "../secrets.js"
import { wireSettings } from "../wire-settings.js"
import { stopSignal } from "./until-stopped.js"

export interface RevokeOptions {
  readonly config: string
  /** An epoch. */
  readonly below?: string
}

/** Sets the exit code to 1 unless every chain holds the revocation in the end. @throws as `openWire`, and for a malformed number. */
export async function revoke({ config: file, below }: RevokeOptions, say = console.log): Promise<void> {
  if (below !== undefined && !/^\d{1,20}$/.test(below)) {
    throw new InvalidInputError([{ pointer: "/below", code: "INVALID_VALUE", detail: `"${below}" is no epoch` }])
  }
  const stopped = stopSignal()
  const { config } = await readConfig(file, process.env)
  const rows = new Map<string, Delivery>()
  let settled = () => {}
  const allSettled = new Promise<void>(resolve => {
    settled = resolve
  })
  const wire = await openWire({
    ...wireSettings(config, secretsIn(process.env)),
    clock: { now: () => Math.floor(Date.now() / 1000) },
    outbox: memoryOutbox(),
    onSigned: async () => say("signed by the guardians"),
    report: event => {
      if (event.kind !== "delivery") return
      rows.set(event.delivery.chain, event.delivery)
      if ([...rows.values()].every(each => each.status !== "PENDING")) settled()
    },
  })
  try {
    const { epoch, revokedBelow, transaction } = await wire.revoke(below === undefined ? null : BigInt(below), never)
    say(`published as epoch ${epoch} in ${transaction}: no epoch below ${revokedBelow} is believed any more`)
    await Promise.race([allSettled, stopped])
  } finally {
    await wire.stop()
  }
  for (const { chain, status, transaction, reason } of rows.values())
    say(`${status} ${chain} ${transaction ?? reason ?? ""}`)
  if ([...rows.values()].some(each => each.status !== "DELIVERED")) process.exitCode = 1
}

const never = new AbortController().signal
