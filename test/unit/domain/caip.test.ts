import { describe, expect, it } from "vitest"
import { address, addressOn, assetId, chainId, splitAddress } from "../../../aggregator/domain/caip.js"
import { InvalidIdError } from "../../../aggregator/domain/errors.js"

const SOLANA = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"

describe("chain-agnostic ids", () => {
  it.each(["eip155:1", SOLANA, "cosmos:cosmoshub-3", "sim:portfolio"])("%s is a chain", text => {
    expect(chainId(text)).toBe(text)
  })

  it.each(["", "eip155", "eip155:", "ei:1", "EIP155:1", "eip155:1:0xab", "eip155:1 ", `eip155:${"1".repeat(33)}`])(
    "%j is no chain",
    text => {
      expect(() => chainId(text)).toThrow(InvalidIdError)
    },
  )

  it("keeps addresses as they are spelled and splits them at the last colon", () => {
    const linked = address(`${SOLANA}:7S3P4HxJpyyigGzodYwHtCxZyUQe9JiBMHyRWXArAaKv`)
    expect(splitAddress(linked)).toEqual({ chain: SOLANA, holder: "7S3P4HxJpyyigGzodYwHtCxZyUQe9JiBMHyRWXArAaKv" })
    expect(addressOn(chainId(SOLANA), splitAddress(linked).holder)).toBe(linked)
  })

  it.each(["eip155:1", "eip155:1:", "eip155:1:0x ab", "eip155:1:0xab:1", "0xab"])("%j is no address", text => {
    expect(() => address(text)).toThrow(InvalidIdError)
  })

  it.each(["eip155:1/slip44:60", "eip155:1/erc20:0xA0b8", `${SOLANA}/token:EPjF`])("%s is an asset", text => {
    expect(assetId(text)).toBe(text)
  })

  it.each(["eip155:1", "eip155:1/erc20", "eip155:1/erc20:", "slip44:60", "eip155:1/erc20:0x/1"])(
    "%j is no asset",
    text => {
      expect(() => assetId(text)).toThrow(InvalidIdError)
    },
  )

  it("says what was expected and what came", () => {
    const refused = () => chainId("mainnet")
    expect(refused).toThrow(expect.objectContaining({ code: "INVALID_ID", received: "mainnet" }))
  })
})
