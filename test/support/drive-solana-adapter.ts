/**
 * Drives a Solana adapter by hand: answers its reads until it returns, with no node behind.
 */
import { Keypair, PublicKey } from "@solana/web3.js"
import { chainId } from "../../aggregator/domain/caip.js"
import type { AdapterReading } from "../../chains/adapter.js"
import type { SolanaAccount, SolanaAdapter, SolanaRead, SolanaReadResult } from "../../chains/solana/adapter.js"

export const CHAIN = chainId("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")
export const REFUSED: SolanaReadResult = { status: "refused", code: "RPC_UNAVAILABLE", detail: "refused" }

export const newKey = (): string => Keypair.generate().publicKey.toBase58()

/** @param answer `undefined` leaves a read unanswered. */
export function drive(
  adapter: SolanaAdapter,
  holders: readonly string[],
  answer: (read: SolanaRead) => SolanaReadResult | undefined,
): AdapterReading {
  const steps = adapter.read(holders)
  let step = steps.next([])
  while (!step.done) step = steps.next(step.value.flatMap(read => answer(read) ?? []))
  return step.value
}

/** Answers as a node would that knows these accounts and no others. */
export const nodeWith =
  (accounts: readonly SolanaAccount[]) =>
  (read: SolanaRead): SolanaReadResult => ({ status: "ok", accounts: found(accounts, read) })

function found(accounts: readonly SolanaAccount[], read: SolanaRead): readonly (SolanaAccount | null)[] {
  switch (read.kind) {
    case "accounts":
      return read.keys.map(key => accounts.find(account => account.key === key) ?? null)
    case "tokenAccounts":
      return accounts.filter(({ owner, data }) => owner === read.program && hasKey(data, 32, read.owner))
    case "programAccounts":
      return accounts.filter(
        ({ owner, data }) =>
          owner === read.program &&
          data.length === read.length &&
          read.keys.every(({ offset, key }) => hasKey(data, offset, key)),
      )
  }
}

const hasKey = (data: Uint8Array, offset: number, key: string): boolean =>
  Buffer.compare(data.subarray(offset, offset + 32), new PublicKey(key).toBytes()) === 0
