import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { createSiweMessage, parseSiweMessage } from "viem/siwe"
import { describe, expect, it } from "vitest"
import { addressOn, chainId } from "../../../aggregator/domain/caip.js"
import { formatDecimal } from "../../../aggregator/domain/decimal.js"
import { parseSignIn, signInText } from "../../../aggregator/domain/sign-in.js"
import { resourcesOf, statementOf } from "../../../aggregator/domain/sign-in-purpose.js"
import type { WebhookTerms } from "../../../aggregator/domain/webhook-terms.js"

const HOLDER = "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"
const ISSUED = 1_790_000_000
const TERMS = {
  domain: "margin.example",
  uri: "https://margin.example",
  nonce: "0123456789abcdef",
  issuedAt: ISSUED,
  expiresAt: ISSUED + 600,
}
const ETHEREUM = addressOn(chainId("eip155:1"), HOLDER)
const text = signInText(ETHEREUM, { kind: "create", account: "book" }, TERMS)

describe("sign-in messages", () => {
  it("are read back as they were written", () => {
    expect(parseSignIn(text)).toEqual({
      domain: "margin.example",
      family: "Ethereum",
      holder: HOLDER,
      statement: "Open a margin account with this address.",
      uri: "https://margin.example",
      chain: "1",
      nonce: "0123456789abcdef",
      issuedAt: ISSUED,
      expiresAt: ISSUED + 600,
      notBefore: null,
      resources: ["urn:plimsoll:create:book"],
    })
  })

  it("are read as viem writes them, with every field and with the fewest", () => {
    const fewest = {
      address: HOLDER,
      chainId: 8453,
      domain: "a.example:8080",
      nonce: "abcdefgh",
      uri: "https://a/x",
    } as const
    const least = parseSignIn(createSiweMessage({ ...fewest, version: "1", issuedAt: new Date(ISSUED * 1_000) }))
    expect(least).toMatchObject({
      chain: "8453",
      domain: "a.example:8080",
      statement: null,
      resources: [],
      expiresAt: null,
    })
    const most = createSiweMessage({
      ...fewest,
      version: "1",
      statement: "Link it.",
      issuedAt: new Date(ISSUED * 1_000),
      expirationTime: new Date((ISSUED + 5) * 1_000),
      notBefore: new Date((ISSUED - 5) * 1_000),
      requestId: "7",
      resources: ["urn:plimsoll:create:a", "https://b"],
    })
    expect(parseSignIn(most)).toMatchObject({
      statement: "Link it.",
      expiresAt: ISSUED + 5,
      notBefore: ISSUED - 5,
      resources: ["urn:plimsoll:create:a", "https://b"],
    })
  })

  it("name the other side of a link", () => {
    const solana = addressOn(
      chainId("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"),
      "7S3P4HxJpyyigGzodYwHtCxZyUQe9JiBMHyRWXArAaKv",
    )
    const purpose = { kind: "link", account: "book", other: ETHEREUM } as const
    expect(parseSignIn(signInText(solana, purpose, TERMS))).toMatchObject({
      family: "Solana",
      chain: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
      resources: resourcesOf(purpose),
    })
  })

  it("name the terms of a webhook in words that every reader of EIP-4361 takes, by a hash of their own", () => {
    const amount = fc.bigInt({ min: -(10n ** 35n), max: 10n ** 35n }).map(formatDecimal)
    const terms = fc.record({
      url: fc
        .webUrl({ validSchemes: ["https"], withQueryParameters: true, size: "small" })
        .map(url => new URL(url).href),
      statusChange: fc.boolean(),
      healthBelow: fc.option(fc.record({ threshold: amount, recovered: amount })),
      cooldownSeconds: fc.nat(86_400),
    })
    const act = (of: WebhookTerms) => ({ kind: "open-webhook", account: "book", terms: of }) as const
    fc.assert(
      fc.property(terms, terms, (one, other) => {
        const purpose = act(one)
        const written = signInText(ETHEREUM, purpose, TERMS)
        const expected = { statement: statementOf(purpose), resources: resourcesOf(purpose) }
        expect(parseSignIn(written)).toMatchObject(expected)
        expect(parseSiweMessage(written)).toMatchObject(expected)
        // EIP-4361 lets a statement have these and no others.
        expect(expected.statement).toMatch(/^[A-Za-z0-9 \-._~:/?#[\]@!$&'()*+,;=]+$/)
        expect(isDeepStrictEqual(one, other)).toBe(resourcesOf(act(one))[0] === resourcesOf(act(other))[0])
      }),
    )
  })

  it.each([
    ["a line before", `x\n${text}`],
    ["a line after", `${text}\nx`],
    ["a line in between", text.replace("\nNonce", "\nNonce: 00000000\nNonce")],
    ["another version", text.replace("Version: 1", "Version: 2")],
    ["no nonce", text.replace(/\nNonce: .*/, "")],
    ["two families", text.replace("Ethereum", "Ethereum Solana")],
    ["carriage returns", text.replaceAll("\n", "\r\n")],
    ["a time that is none", text.replace(/Issued At: .*/, "Issued At: now")],
    ["nothing", ""],
  ])("are refused with %s", (_, changed) => {
    expect(parseSignIn(changed)).toBeNull()
  })

  it("never make the reader throw or hang", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), fc.nat(text.length), (noise, at) => {
        parseSignIn(text.slice(0, at) + noise + text.slice(at))
      }),
    )
  })
})
