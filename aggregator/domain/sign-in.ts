/**
 * Sign-in messages (EIP-4361, and Sign-In-With-Solana after it): one text format for both families, read strictly.
 */
import { type Address, type ChainId, splitAddress } from "./caip.js"
import { resourcesOf, type SignInPurpose, statementOf } from "./sign-in-purpose.js"

export interface SignInMessage {
  readonly domain: string
  readonly family: "Ethereum" | "Solana"
  /** As the chain writes it. */
  readonly holder: string
  readonly statement: string | null
  readonly uri: string
  /** As the family writes it: an EIP-155 number, or `mainnet` or a CAIP-2 id on Solana. */
  readonly chain: string
  readonly nonce: string
  /** Unix seconds, as are the next two. */
  readonly issuedAt: number
  readonly expiresAt: number | null
  readonly notBefore: number | null
  readonly resources: readonly string[]
}

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)`
const FORMAT = new RegExp(
  [
    String.raw`^(?<domain>[^\s/?#]{1,255}) wants you to sign in with your (?<family>Ethereum|Solana) account:\n`,
    String.raw`(?<holder>[0-9A-Za-z]{1,64})\n`,
    String.raw`(?:\n(?<statement>[^\n]{1,1000})\n)?`,
    String.raw`\nURI: (?<uri>[^\s]{1,2000})\nVersion: 1\nChain ID: (?<chain>[-:_0-9A-Za-z]{1,64})\n`,
    `Nonce: (?<nonce>[0-9A-Za-z]{8,128})\\nIssued At: (?<issuedAt>${TIME})`,
    `(?:\\nExpiration Time: (?<expiresAt>${TIME}))?(?:\\nNot Before: (?<notBefore>${TIME}))?`,
    String.raw`(?:\nRequest ID: [^\n]{0,200})?(?:\nResources:(?<resources>(?:\n- [^\s]{1,1000}){0,20}))?$`,
  ].join(""),
)

/** `null` for a text that is no such message in every line; a line too many makes it none. */
export function parseSignIn(text: string): SignInMessage | null {
  // An absent statement leaves two empty lines with some wallets and one with others; both are one message.
  const found = FORMAT.exec(text)?.groups ?? FORMAT.exec(text.replace("\n\n\nURI: ", "\n\nURI: "))?.groups
  if (!found) return null
  const { domain = "", holder = "", uri = "", chain = "", nonce = "", issuedAt = "" } = found
  return {
    domain,
    family: found.family === "Solana" ? "Solana" : "Ethereum",
    holder,
    statement: found.statement ?? null,
    uri,
    chain,
    nonce,
    issuedAt: secondsOf(issuedAt),
    expiresAt: found.expiresAt === undefined ? null : secondsOf(found.expiresAt),
    notBefore: found.notBefore === undefined ? null : secondsOf(found.notBefore),
    resources: (found.resources ?? "").split("\n- ").slice(1),
  }
}

/** NaN for a date that no calendar has: no comparison with it holds. */
const secondsOf = (time: string): number => Date.parse(time) / 1_000

export interface SignInTerms {
  readonly domain: string
  readonly uri: string
  readonly nonce: string
  /** Unix seconds. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The text to sign for a purpose, as wallets show it. */
export function signInText(address: Address, purpose: SignInPurpose, terms: SignInTerms): string {
  const { chain, holder } = splitAddress(address)
  const time = (seconds: number) => new Date(seconds * 1_000).toISOString()
  return [
    `${terms.domain} wants you to sign in with your ${familyOf(chain)} account:`,
    holder,
    "",
    statementOf(purpose),
    "",
    `URI: ${terms.uri}`,
    "Version: 1",
    `Chain ID: ${familyOf(chain) === "Ethereum" ? chain.slice("eip155:".length) : chain}`,
    `Nonce: ${terms.nonce}`,
    `Issued At: ${time(terms.issuedAt)}`,
    `Expiration Time: ${time(terms.expiresAt)}`,
    "Resources:",
    ...resourcesOf(purpose).map(each => `- ${each}`),
  ].join("\n")
}

export const familyOf = (chain: ChainId): SignInMessage["family"] =>
  chain.startsWith("solana:") ? "Solana" : "Ethereum"

/** Whether a holder of one chain signed a text: what account linking asks of the chains. */
export interface SignatureCheck {
  readonly chain: ChainId
  /** The one spelling of a holder; `null` when it is none of this chain. */
  spelled(holder: string): string | null
  /** May ask the chain, for holders that are contracts. @throws when the chain cannot be asked. */
  signed(holder: string, text: string, signature: string): Promise<boolean>
}
