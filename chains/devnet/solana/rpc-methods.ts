/**
 * Solana's JSON-RPC methods over the local ledger: as much as an ordinary `Connection` needs to read,
 * send and simulate. What is not here is answered with "method not found".
 */
import { z } from "zod"
import { decodeBase58 } from "../../solana/base58.js"
import { BLOCKHASH_VALIDITY } from "./block-history.js"
import type { Ledger, View } from "./ledger.js"
import {
  accountConfig,
  context,
  encodeAccount,
  type Filter,
  inContext,
  key,
  matches,
  pad,
  programConfig,
  viewFor,
} from "./rpc-params.js"
import { INVALID_PARAMS, RpcError, type RpcMethod } from "./rpc-server.js"
import { transactionMethods } from "./rpc-transactions.js"

const SLOT_SKIPPED = -32009
/** As many keys as the real service takes in one getMultipleAccounts. */
const MAX_KEYS = 100
const TOKEN_OWNER_OFFSET = 32
const TOKEN_ACCOUNT_LENGTH = 165
/** Behind the 165 bytes of a Token-2022 account with extensions: 2 says token account, 1 says mint. */
const TOKEN_ACCOUNT_TYPE = 2

export function rpcMethods(ledger: Ledger): ReadonlyMap<string, RpcMethod> {
  return new Map<string, RpcMethod>([
    ...clusterMethods(ledger),
    ...accountMethods(ledger),
    ...transactionMethods(ledger),
  ])
}

function clusterMethods(ledger: Ledger): [string, RpcMethod][] {
  const contextOnly = z.tuple([context.default(context.parse({}))])
  const viewOf = (params: readonly unknown[]) => viewFor(ledger, contextOnly.parse(params.slice(0, 1))[0])
  return [
    ["getGenesisHash", () => ledger.blocks.genesisHash],
    ["getHealth", () => "ok"],
    ["getVersion", () => ({ "solana-core": "litesvm-1.5.0", "feature-set": 0 })],
    ["getSlot", params => viewOf(params).block.slot],
    ["getBlockHeight", params => viewOf(params).block.height],
    [
      "getBlockTime",
      params => {
        const [slot] = z.tuple([z.number().int().nonnegative()]).parse(params)
        const block = ledger.blocks.find(slot)
        if (!block) throw new RpcError(SLOT_SKIPPED, `Slot ${slot} was skipped, or missing in long-term storage`)
        return block.time
      },
    ],
    [
      "getEpochInfo",
      params => {
        const { slot, height } = viewOf(params).block
        const [epoch, slotsInEpoch] = [ledger.epochOf(slot), ledger.slotsPerEpoch]
        return { absoluteSlot: slot, blockHeight: height, epoch, slotsInEpoch, slotIndex: ledger.slotInEpoch(slot) }
      },
    ],
    [
      "getLatestBlockhash",
      params => {
        const view = viewOf(params)
        const { blockhash, height } = view.block
        return inContext(view, { blockhash, lastValidBlockHeight: height + BLOCKHASH_VALIDITY })
      },
    ],
    [
      "isBlockhashValid",
      params => {
        const [blockhash] = z.tuple([z.string()], z.unknown()).parse(params)
        return inContext(viewOf(params.slice(1)), ledger.blocks.isRecent(blockhash))
      },
    ],
    [
      "getMinimumBalanceForRentExemption",
      params => ledger.minimumBalance(z.tuple([z.number().int().nonnegative()], z.unknown()).parse(params)[0]),
    ],
  ]
}

function accountMethods(ledger: Ledger): [string, RpcMethod][] {
  const config = accountConfig.default(accountConfig.parse({}))
  const programDefault = programConfig.default(programConfig.parse({}))
  const tokenFilter = z.union([z.strictObject({ mint: key }), z.strictObject({ programId: key })])
  return [
    [
      "getBalance",
      params => {
        const [account, settings] = z.tuple([key, context.default(context.parse({}))]).parse(pad(params, 2))
        const view = viewFor(ledger, settings)
        return inContext(view, view.account(account)?.lamports ?? 0)
      },
    ],
    [
      "getAccountInfo",
      params => {
        const [account, settings] = z.tuple([key, config]).parse(pad(params, 2))
        const view = viewFor(ledger, settings)
        const found = view.account(account)
        return inContext(view, found && encodeAccount(found, settings.dataSlice))
      },
    ],
    [
      "getMultipleAccounts",
      params => {
        const [keys, settings] = z.tuple([z.array(key), config]).parse(pad(params, 2))
        if (keys.length > MAX_KEYS) throw new RpcError(INVALID_PARAMS, `Too many inputs provided; max ${MAX_KEYS}`)
        const view = viewFor(ledger, settings)
        const found = keys.map(one => view.account(one))
        return inContext(
          view,
          found.map(account => account && encodeAccount(account, settings.dataSlice)),
        )
      },
    ],
    [
      "getProgramAccounts",
      params => {
        const [program, settings] = z.tuple([key, programDefault]).parse(pad(params, 2))
        const view = viewFor(ledger, settings)
        const found = view
          .accountsOf(program)
          .filter(([, account]) => (settings.filters ?? []).every(filter => matches(account.data, filter)))
          .map(([pubkey, account]) => ({ pubkey, account: encodeAccount(account, settings.dataSlice) }))
        return settings.withContext ? inContext(view, found) : found
      },
    ],
    [
      "getTokenAccountsByOwner",
      params => {
        const [owner, filter, settings] = z.tuple([key, tokenFilter, config]).parse(pad(params, 3))
        const view = viewFor(ledger, settings)
        const wanted = [keyAt(TOKEN_OWNER_OFFSET, owner), ...("mint" in filter ? [keyAt(0, filter.mint)] : [])]
        const found = view
          .accountsOf(tokenProgramOf(view, filter))
          .filter(([, { data }]) => isTokenAccount(data) && wanted.every(filter => matches(data, filter)))
          .map(([pubkey, account]) => ({ pubkey, account: encodeAccount(account, settings.dataSlice) }))
        return inContext(view, found)
      },
    ],
  ]
}

function tokenProgramOf(view: View, filter: { mint: string } | { programId: string }): string {
  if ("programId" in filter) return filter.programId
  const mint = view.account(filter.mint)
  if (mint === null) throw new RpcError(INVALID_PARAMS, "Invalid param: could not find mint")
  return mint.owner
}

const isTokenAccount = (data: Uint8Array): boolean =>
  data.length === TOKEN_ACCOUNT_LENGTH || data[TOKEN_ACCOUNT_LENGTH] === TOKEN_ACCOUNT_TYPE

const keyAt = (offset: number, expected: string): Filter => ({ memcmp: { offset, bytes: decodeBase58(expected) } })
