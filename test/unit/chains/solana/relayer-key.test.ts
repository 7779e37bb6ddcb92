import { Keypair } from "@solana/web3.js"
import { describe, expect, it } from "vitest"
import { encodeBase58 } from "../../../../chains/solana/base58.js"
import { relayerKeypair } from "../../../../chains/solana/relayer-key.js"

const pair = Keypair.generate()

describe("a relayer's key on Solana", () => {
  it.each([
    ["the array that solana-keygen writes", JSON.stringify([...pair.secretKey])],
    ["base58, as wallets export it", encodeBase58(pair.secretKey)],
    ["either with a line end", `${encodeBase58(pair.secretKey)}\n`],
  ])("may be %s", (_, text) => {
    expect(relayerKeypair(text)?.publicKey.equals(pair.publicKey)).toBe(true)
  })

  it.each([
    ["nothing", ""],
    ["a public key", pair.publicKey.toBase58()],
    ["a broken array", "[1,2"],
    ["numbers that are no key pair", JSON.stringify([...pair.secretKey].reverse())],
    ["text that is no base58", "0OIl"],
  ])("is not %s", (_, text) => {
    expect(relayerKeypair(text)).toBeNull()
  })
})
