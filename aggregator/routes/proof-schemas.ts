/**
 * Signed messages as requests carry them, and how a route asks whether one proves what it is handed in for.
 */
import { z } from "@hono/zod-openapi"
import { type Address, address, type ChainId } from "../domain/caip.js"
import type { Clock } from "../domain/ports.js"
import type { SignatureCheck } from "../domain/sign-in.js"
import type { SignInPurpose } from "../domain/sign-in-purpose.js"
import { checkProof, type SignedMessage, spelledAddress } from "../linking/check-proof.js"
import type { AccountRegistry } from "../store/registry.js"
import { problem } from "./service.js"

/** What linking needs. */
export interface Linking {
  readonly registry: AccountRegistry
  readonly checks: ReadonlyMap<ChainId, SignatureCheck>
  readonly clock: Clock
  /** Where the service is reached, e.g. `https://margin.example`. */
  origin(): string
}

export const caip10 = z
  .string()
  .regex(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}:[-.%a-zA-Z0-9]{1,128}$/, "must be a CAIP-10 address")
  .openapi("LinkedAddress", { example: "eip155:1:0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B" })
export const accountId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{2,63}$/, "must be 3 to 64 lower-case letters, digits and dashes")
  .openapi("AccountId", { example: "my-book" })
/** Of any account that has owners, those of the configuration too. */
export const knownAccountId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "must be an account id")
  .openapi({ example: "my-book" })
export const proofSchema = z
  .strictObject({ address: caip10, message: z.string().max(4_000), signature: z.string().max(33_000) })
  .openapi("SignedMessage", {
    description: "A sign-in message (EIP-4361 or its Solana form) as signed; 0x hex on EVM, base58 on Solana",
  })
type GivenProof = z.output<typeof proofSchema>

export const bodyOf = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true, content: { "application/json": { schema } } },
})
export const writeRefusals = {
  400: problem("What is wrong, one JSON pointer a field"),
  413: problem("The body is too large"),
  415: problem("The body is not said to be JSON"),
  429: problem("Too many requests"),
}

export function proofs({ checks, clock, origin }: Linking) {
  const spelled = (text: string, pointer: string): Address => spelledAddress(address(text), checks, pointer)
  return {
    spelled,
    proofOf: (given: GivenProof, pointer: string): SignedMessage => ({
      ...given,
      address: spelled(given.address, `${pointer}/address`),
    }),
    /** The nonce of the proof. @throws as `checkProof`. */
    proved: (proof: SignedMessage, purpose: SignInPurpose, pointer: string): Promise<string> =>
      checkProof(proof, purpose, { origin: origin(), now: clock.now(), checks }, pointer),
  }
}
