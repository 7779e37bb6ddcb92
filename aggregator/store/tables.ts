/**
 * The tables as the queries see them; `migrations.ts` makes them.
 */
import type { ColumnType, Generated } from "kysely"

/** 64-bit integers go in and out as `bigint`, times are unix seconds. */
type Stored<T> = ColumnType<T, T, T>

export interface Tables {
  accounts: { id: string; created_at: bigint; closed_at: bigint | null }
  /** An address is here at most once. */
  links: { address: string; account: string; linked_at: bigint; proof: string }
  nonces: { nonce: string; expires_at: bigint }
  epochs: {
    epoch: bigint
    attested_at: bigint
    root: string
    attestation: Stored<Uint8Array>
    /** Into how many parts the leaves are divided; `null` where they are in `attestation` still. */
    part_count: number | null
    publication: string | null
    /** The signed message. */
    vaa: Uint8Array | null
  }
  snapshots: { epoch: bigint; taken_at: bigint; assessment: Stored<Uint8Array> }
  /** Parts of snapshots by the hash of their text; `newest` is the last epoch that one belongs to. */
  snapshot_parts: { name: string; bytes: Stored<Uint8Array>; newest: bigint; exposure: Uint8Array | null }
  /** Whose leaves a part has, by the hash of its text. */
  leaf_seats: { name: string; bytes: Stored<Uint8Array>; newest: bigint }
  /** What an epoch says of those in `seats`, in their order. */
  leaf_parts: { epoch: bigint; part: number; seats: string; figures: Stored<Uint8Array> }
  outbox: { epoch: bigint; message: string }
  deliveries: { epoch: bigint; chain: string; status: string; delivery: string }
  webhooks: {
    id: string
    url: string
    secret: string
    terms: string
    created_at: bigint
    /** Whose owner opened it; null for the operator's. */
    account: string | null
    /** The address that signed for it. */
    opened_by: string | null
    /** Counts its changes, from 0. */
    revision: Generated<number>
  }
  /** What a webhook was told last; no row where an account is as every account begins. */
  webhook_watches: { webhook: string; account: string; watch: string }
  webhook_events: {
    id: string
    webhook: string
    body: string
    created_at: bigint
    due_at: bigint
    status: string
    attempts: number
    failure: string | null
  }
  idempotency: { key: string; request: string; status: number; body: string; expires_at: bigint }
}
