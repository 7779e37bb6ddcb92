/**
 * Failures that stop a calculation: one class a failure, a stable `code`, read-only data.
 * Partial failure (a chain down, one leg unreadable) is returned as data instead, see `reading.ts`.
 */

export abstract class PlimsollError extends Error {
  abstract readonly code: string
  override get name(): string {
    return this.constructor.name
  }
}

/** The result, or our own error where there is none; whatever else is thrown goes on. */
export function attempt<T>(compute: () => T): T | PlimsollError {
  try {
    return compute()
  } catch (error) {
    if (error instanceof PlimsollError) return error
    throw error
  }
}

/** One thing wrong with an input, and where: `pointer` is a JSON pointer (RFC 6901). */
export interface InputIssue {
  readonly pointer: string
  /** Stable name of what is wrong, e.g. `UNKNOWN_INSTRUMENT`. */
  readonly code: string
  readonly detail: string
}

/** One line; an empty pointer is the whole input and is not printed. */
export const issueLine = ({ pointer, detail }: InputIssue): string => (pointer ? `${pointer}: ${detail}` : detail)

export class InvalidInputError extends PlimsollError {
  readonly code = "INVALID_INPUT"
  constructor(readonly issues: readonly InputIssue[]) {
    super(issues.map(issueLine).join("; "))
  }
}

export class InvalidIdError extends PlimsollError {
  readonly code = "INVALID_ID"
  constructor(
    readonly expected: string,
    readonly received: string,
  ) {
    super(`"${received}" is no ${expected}`)
  }
}

export class UnknownAccountError extends PlimsollError {
  readonly code = "UNKNOWN_ACCOUNT"
  constructor(readonly account: string) {
    super(`no account is linked to "${account}"; GET /v1/accounts lists the known ones`)
  }
}

/** An epoch, a policy or a module that is not kept here (any more). */
export class NotPublishedError extends PlimsollError {
  readonly code = "NOT_PUBLISHED"
  constructor(readonly subject: string) {
    super(`${subject} is not published here; GET /v1/attestations lists the epochs that are`)
  }
}

/** The guardians' signatures under an epoch's message have not arrived (yet). */
export class NotSignedError extends PlimsollError {
  readonly code = "NOT_SIGNED"
  constructor(readonly epoch: bigint) {
    super(`epoch ${epoch} is not signed by a quorum of guardians yet; ask again in a few seconds`)
  }
}

/** The policy has no parameters for something the portfolio holds. */
export class UnsupportedByPolicyError extends PlimsollError {
  readonly code = "UNSUPPORTED_BY_POLICY"
  constructor(
    readonly policy: string,
    readonly subject: string,
  ) {
    super(`policy ${policy} has no parameters for ${subject}; add them to the policy or remove it`)
  }
}

/** A position that the kernel refuses to price, e.g. by an absurd strike or rate. */
export class UnpriceablePositionError extends PlimsollError {
  readonly code = "UNPRICEABLE_POSITION"
  constructor(
    readonly instrument: string,
    /** The kernel's own word for it, e.g. `VALUE_OUT_OF_RANGE`. */
    readonly refusal: string,
  ) {
    super(`${instrument} cannot be priced (${refusal}); check its strike, volatility and rate`)
  }
}

/** A book whose sums would not be exact in the kernel (beyond 2^53 ticks × lots). */
export class QuantityOverflowError extends PlimsollError {
  readonly code = "QUANTITY_OVERFLOW"
  constructor(readonly subject: string) {
    super(`${subject} is too large to be margined exactly; split the quantity or use a policy with coarser ticks`)
  }
}

/** The service has not computed yet what was asked for. */
export class NotReadyError extends PlimsollError {
  readonly code = "NOT_READY"
}

/** An account of that id exists, or existed: ids are never given twice. */
export class AccountExistsError extends PlimsollError {
  readonly code = "ACCOUNT_EXISTS"
  constructor(readonly account: string) {
    super(`account ${account} exists, or existed before; choose another id`)
  }
}

/** An address belongs to one account. */
export class AddressLinkedError extends PlimsollError {
  readonly code = "ADDRESS_LINKED"
  constructor(
    readonly address: string,
    readonly account: string,
  ) {
    super(`${address} is linked to ${account} already; it has to be unlinked there first`)
  }
}

/** The operator's configuration holds the account, so signatures do not change it. */
export class AccountConfiguredError extends PlimsollError {
  readonly code = "ACCOUNT_CONFIGURED"
  constructor(readonly account: string) {
    super(`account ${account} is set by the service's configuration and cannot be changed by signature`)
  }
}

export class UnknownWebhookError extends PlimsollError {
  readonly code = "UNKNOWN_WEBHOOK"
  constructor(readonly webhook: string) {
    super(`there is no webhook ${webhook} here; list them to see which there are`)
  }
}

/** The account has as many webhooks as the service lets it have. */
export class WebhookLimitError extends PlimsollError {
  readonly code = "WEBHOOK_LIMIT"
  constructor(
    readonly account: string,
    readonly most: number,
  ) {
    super(
      most === 0
        ? "this service opens no webhooks for the owners of accounts"
        : `${account} has ${most} webhooks, all that an account may have here; close one first`,
    )
  }
}

/** The service takes no more accounts or webhooks, or the account no more addresses. */
export class RegistryFullError extends PlimsollError {
  readonly code = "REGISTRY_FULL"
}
