/**
 * Solana keys as they enter from configuration.
 */
import { z } from "zod"
import { holderIn } from "./holder.js"

/** A base58 key of 32 bytes: a mistyped one fails at start and not as an account that does not exist. */
export const solanaKey = z
  .string()
  .regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/, { abort: true, error: "must be a base58 key" })
  .refine(text => holderIn(text) !== undefined, "must be 32 bytes in base58")
