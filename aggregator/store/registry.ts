/**
 * Who is margined: the accounts of the configuration, and those that their owners linked by signature. All of them are in
 * memory, for the engine reads them at every beat; what changes is in the database first.
 */
import type { Transaction } from "kysely"
import type { Address } from "../domain/caip.js"
import {
  AccountConfiguredError,
  AccountExistsError,
  AddressLinkedError,
  InvalidInputError,
  RegistryFullError,
  UnknownAccountError,
} from "../domain/errors.js"
import type { Account } from "../domain/snapshot.js"
import type { Database } from "./database.js"
import { useUp } from "./nonces.js"
import { closeWebhooksOfClosed } from "./owned-webhooks.js"
import type { Tables } from "./tables.js"

/** One address that joins or leaves, with the nonces of the signatures that say so and the signatures themselves. */
export interface LinkChange {
  readonly address: Address
  /** Used up by the change; one that is unknown, expired or used refuses it. */
  readonly nonces: readonly string[]
  /** The signed messages as they came, kept for whoever asks on what grounds the address is linked. */
  readonly proof: string
  /** Unix seconds. */
  readonly now: number
}

export interface RegistryLimits {
  readonly maxAccounts: number
  readonly maxAddresses: number
}

/** One signature of an owner that changes no link, with the nonce of it. */
export interface OwnerSignature {
  readonly address: Address
  readonly nonce: string
  /** Unix seconds. */
  readonly now: number
}

export class AccountRegistry {
  readonly #configured: ReadonlyMap<string, readonly Address[]>
  readonly #linked = new Map<string, readonly Address[]>()
  readonly #ownerOf = new Map<Address, string>()
  #all: readonly Account[] | undefined

  private constructor(
    readonly db: Database,
    readonly limits: RegistryLimits,
    configured: readonly Account[],
  ) {
    this.#configured = new Map(configured.map(each => [each.id, each.addresses]))
    for (const { id, addresses } of configured) for (const each of addresses) this.#ownerOf.set(each, id)
  }

  /**
   * Reads what is stored.
   *
   * @throws InvalidInputError when the configuration claims an id or an address that is linked already.
   */
  static async open(db: Database, configured: readonly Account[], limits: RegistryLimits): Promise<AccountRegistry> {
    const registry = new AccountRegistry(db, limits, configured)
    const links = await db.selectFrom("links").select(["address", "account"]).orderBy("linked_at").execute()
    const addresses = new Map<string, Address[]>()
    for (const { account, address } of links) {
      const linked = address as Address
      if (registry.#configured.has(account)) throw claimed(`the account id ${account}`)
      if (registry.#ownerOf.has(linked)) throw claimed(linked)
      registry.#ownerOf.set(linked, account)
      const known = addresses.get(account)
      if (known) known.push(linked)
      else addresses.set(account, [linked])
    }
    for (const [account, linked] of addresses) registry.#linked.set(account, linked)
    return registry
  }

  /** Every account with an address, configured ones first. */
  get accounts(): readonly Account[] {
    this.#all ??= [...this.#configured, ...this.#linked].map(([id, addresses]) => ({ id, addresses }))
    return this.#all
  }

  account(id: string): Account | undefined {
    const addresses = this.#configured.get(id) ?? this.#linked.get(id)
    return addresses && { id, addresses }
  }

  /** @throws AccountExistsError, AddressLinkedError, RegistryFullError; InvalidInputError for a used nonce. */
  async create(id: string, change: LinkChange): Promise<Account> {
    if (this.#configured.has(id)) throw new AccountExistsError(id)
    if (this.#linked.size >= this.limits.maxAccounts) {
      throw new RegistryFullError(`this service takes ${this.limits.maxAccounts} accounts and has them`)
    }
    await this.db.transaction().execute(async transaction => {
      await useUp(transaction, change.nonces, change.now)
      const { numInsertedOrUpdatedRows: added } = await transaction
        .insertInto("accounts")
        .values({ id, created_at: BigInt(change.now), closed_at: null })
        .onConflict(conflict => conflict.column("id").doNothing())
        .executeTakeFirst()
      if (added === 0n) throw new AccountExistsError(id)
      await this.#insertLink(transaction, id, change)
    })
    return this.#show(id, [change.address])
  }

  /** @throws UnknownAccountError, AccountConfiguredError, AddressLinkedError, RegistryFullError; InvalidInputError. */
  async link(id: string, change: LinkChange): Promise<Account> {
    const known = this.#changeable(id)
    if (known.length >= this.limits.maxAddresses) {
      throw new RegistryFullError(`an account takes ${this.limits.maxAddresses} addresses and ${id} has them`)
    }
    await this.db.transaction().execute(async transaction => {
      await useUp(transaction, change.nonces, change.now)
      await this.#insertLink(transaction, id, change)
    })
    return this.#show(id, [...(this.#linked.get(id) ?? []), change.address])
  }

  /** Takes an address out; an account is closed with its last one, and its webhooks with it. @throws as `link`. */
  async unlink(id: string, change: LinkChange): Promise<Account> {
    const known = this.#changeable(id)
    if (!known.includes(change.address)) throw new UnknownAccountError(change.address)
    await this.db.transaction().execute(async transaction => {
      // Whoever takes out the last but one at the same moment waits, and then sees which is the last.
      await transaction.selectFrom("accounts").select("id").where("id", "=", id).forUpdate().execute()
      await useUp(transaction, change.nonces, change.now)
      await transaction.deleteFrom("links").where("address", "=", change.address).where("account", "=", id).execute()
      const left = transaction.selectFrom("links").select("account").where("account", "=", id)
      await transaction
        .updateTable("accounts")
        .set({ closed_at: BigInt(change.now) })
        .where("id", "=", id)
        .where(({ not, exists }) => not(exists(left)))
        .execute()
      await closeWebhooksOfClosed(transaction, id)
    })
    this.#ownerOf.delete(change.address)
    return this.#show(
      id,
      (this.#linked.get(id) ?? []).filter(each => each !== change.address),
    )
  }

  /**
   * Does what an owner signed, in one step with using up the nonce; undone when `act` throws. The address stays linked
   * as long as it takes.
   *
   * @throws UnknownAccountError; InvalidInputError for a used nonce or an address that is not linked; whatever `act` throws.
   */
  async asOwner<T>(
    id: string,
    { address, nonce, now }: OwnerSignature,
    act: (transaction: Transaction<Tables>) => Promise<T>,
  ): Promise<T> {
    this.requireOwner(id, address)
    return this.db.transaction().execute(async transaction => {
      if (!this.#configured.has(id)) {
        const link = transaction.selectFrom("links").select("address").where("address", "=", address)
        if (!(await link.where("account", "=", id).forShare().executeTakeFirst())) throw notLinked(id)
      }
      await useUp(transaction, [nonce], now)
      return act(transaction)
    })
  }

  /** @throws UnknownAccountError; InvalidInputError when the address is not one of the account's. */
  requireOwner(id: string, address: Address, pointer?: string): void {
    const known = this.account(id)
    if (!known) throw new UnknownAccountError(id)
    if (!known.addresses.includes(address)) throw notLinked(id, pointer)
  }

  #changeable(id: string): readonly Address[] {
    if (this.#configured.has(id)) throw new AccountConfiguredError(id)
    const known = this.#linked.get(id)
    if (!known) throw new UnknownAccountError(id)
    return known
  }

  async #insertLink(
    transaction: Transaction<Tables>,
    account: string,
    { address, now, proof }: LinkChange,
  ): Promise<void> {
    const owner = this.#ownerOf.get(address)
    if (owner !== undefined) throw new AddressLinkedError(address, owner)
    const { numInsertedOrUpdatedRows: added } = await transaction
      .insertInto("links")
      .values({ address, account, linked_at: BigInt(now), proof })
      .onConflict(conflict => conflict.column("address").doNothing())
      .executeTakeFirst()
    if (added === 0n) throw new AddressLinkedError(address, "another account")
  }

  #show(id: string, addresses: readonly Address[]): Account {
    if (addresses.length === 0) this.#linked.delete(id)
    else this.#linked.set(id, addresses)
    for (const each of addresses) this.#ownerOf.set(each, id)
    this.#all = undefined
    return { id, addresses }
  }
}

/** @param pointer where the address stands in the request. */
const notLinked = (id: string, pointer = "/proof/address"): InvalidInputError =>
  new InvalidInputError([
    { pointer, code: "NOT_LINKED", detail: `is not linked to ${id}; one of the account's addresses has to sign` },
  ])

const claimed = (what: string): InvalidInputError =>
  new InvalidInputError([
    {
      pointer: "/accounts",
      code: "ADDRESS_LINKED",
      detail: `${what} is linked by signature already; take it out here`,
    },
  ])
