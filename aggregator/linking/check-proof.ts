/**
 * Whether a signed message proves what it is handed in for: every line of it, then the signature.
 */
import { type Address, address, type ChainId, splitAddress } from "../domain/caip.js"
import { type InputIssue, InvalidInputError, NotReadyError } from "../domain/errors.js"
import { familyOf, parseSignIn, type SignatureCheck, type SignInMessage } from "../domain/sign-in.js"
import { requiredStatement, resourcesOf, type SignInPurpose } from "../domain/sign-in-purpose.js"

/** A message and its signature, as the wallet of `address` gave them. */
export interface SignedMessage {
  readonly address: Address
  readonly message: string
  readonly signature: string
}

export interface ProofRules {
  /** Where the service is reached, e.g. `https://margin.example`. */
  readonly origin: string
  /** Unix seconds. */
  readonly now: number
  readonly checks: ReadonlyMap<ChainId, SignatureCheck>
}

/** A wallet's clock may run ahead of ours by this much. */
const CLOCK_SKEW_SECONDS = 60
/** Names that Sign-In-With-Solana has for what CAIP-2 calls by the genesis hash. */
const CLUSTERS: Readonly<Record<string, string>> = {
  mainnet: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
  devnet: "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1",
  testnet: "solana:4uhcVJyU9pJkvQyS88uRDiswHScCKQY3",
}

/**
 * The address in its one spelling.
 *
 * @param pointer where the address stands in the request.
 * @throws InvalidInputError when no configured chain has it.
 */
export function spelledAddress(given: Address, checks: ProofRules["checks"], pointer: string): Address {
  const { chain, holder } = splitAddress(given)
  const check = checks.get(chain)
  if (!check) throw refused(pointer, "UNKNOWN_CHAIN", `this service reads no chain ${chain}`)
  const spelled = check.spelled(holder)
  if (spelled === null) throw refused(pointer, "INVALID_ADDRESS", `${holder} is no address of ${chain}`)
  return address(`${chain}:${spelled}`)
}

/**
 * Checks a proof and returns its nonce, which the caller uses up.
 *
 * @param pointer where the proof stands in the request.
 * @throws InvalidInputError naming what is wrong; NotReadyError when the chain of a contract wallet cannot be asked.
 */
export async function checkProof(
  proof: SignedMessage,
  purpose: SignInPurpose,
  { origin, now, checks }: ProofRules,
  pointer: string,
): Promise<string> {
  const { chain, holder } = splitAddress(proof.address)
  const message = parseSignIn(proof.message)
  const at = `${pointer}/message`
  if (!message) throw refused(at, "MALFORMED_MESSAGE", "must be a sign-in message (EIP-4361) without further lines")
  const [issue] = issuesOf(message, { chain, holder, origin, now, purpose })
  if (issue) throw refused(at, issue.code, issue.detail)
  const signed = await checks
    .get(chain)
    ?.signed(holder, proof.message, proof.signature)
    .catch((cause: unknown) => {
      throw new NotReadyError(`${chain} cannot be asked for the signature of ${holder}; try again later`, { cause })
    })
  if (!signed)
    throw refused(`${pointer}/signature`, "SIGNATURE_INVALID", `is not ${holder}'s signature of this message`)
  return message.nonce
}

interface Expected {
  readonly chain: ChainId
  readonly holder: string
  readonly origin: string
  readonly now: number
  readonly purpose: SignInPurpose
}

function issuesOf(message: SignInMessage, expected: Expected): Omit<InputIssue, "pointer">[] {
  const { chain, holder, origin, now, purpose } = expected
  const { host } = new URL(origin)
  const [resources, statement] = [resourcesOf(purpose), requiredStatement(purpose)]
  const rules: [boolean, string, string][] = [
    [message.domain === host, "DOMAIN_MISMATCH", `is for ${message.domain}; this service is ${host}`],
    [
      message.uri === origin || message.uri.startsWith(`${origin}/`),
      "URI_MISMATCH",
      `has URI ${message.uri}; it must lie under ${origin}`,
    ],
    [message.family === familyOf(chain), "WRONG_CHAIN", `is for an account on ${message.family}`],
    [chainOf(message) === chain, "WRONG_CHAIN", `is for chain ${message.chain}, not for ${chain}`],
    [message.holder === holder, "WRONG_ADDRESS", `is for ${message.holder}, not for ${holder}`],
    [message.issuedAt <= now + CLOCK_SKEW_SECONDS, "NOT_YET_VALID", "was issued in the future"],
    [message.notBefore === null || message.notBefore <= now, "NOT_YET_VALID", "is not valid yet"],
    [message.expiresAt !== null, "EXPIRY_MISSING", "needs an Expiration Time"],
    [message.expiresAt !== null && message.expiresAt > now, "EXPIRED", "has expired; ask for a new one and sign again"],
    [
      message.resources.join(" ") === resources.join(" "),
      "WRONG_RESOURCE",
      `must name exactly ${resources.length === 1 ? "one resource" : "these resources"}: ${resources.join(" ")}`,
    ],
    [statement === null || message.statement === statement, "WRONG_STATEMENT", `must state: ${statement}`],
  ]
  return rules.flatMap(([holds, code, detail]) => (holds ? [] : [{ code, detail }]))
}

const chainOf = ({ family, chain }: SignInMessage): string =>
  family === "Ethereum" ? `eip155:${chain}` : (CLUSTERS[chain] ?? chain)

const refused = (pointer: string, code: string, detail: string): InvalidInputError =>
  new InvalidInputError([{ pointer, code, detail }])
