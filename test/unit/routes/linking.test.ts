import { beforeEach, describe, expect, it } from "vitest"
import { z } from "zod"
import type { Address } from "../../../aggregator/domain/caip.js"
import { addressOn, chainId } from "../../../aggregator/domain/caip.js"
import { AccountRegistry } from "../../../aggregator/store/registry.js"
import { ChainFault } from "../../../chains/chain-fault.js"
import { evmSignatureCheck } from "../../../chains/evm/sign-in.js"
import { solanaSignatureCheck } from "../../../chains/solana/sign-in.js"
import { onEachDatabase } from "../../support/databases.js"
import { type Bench, fieldsIn, problemIn, SOLANA, startBench } from "../../support/service.js"
import { CHAIN, NOW } from "../../support/snapshots.js"
import { evmWallet, solanaWallet, type Wallet } from "../../support/wallets.js"

const ORIGIN = "https://margin.example"
const DOWN = chainId("eip155:9")
const [alice, bob, mallory] = [evmWallet(CHAIN, 1), solanaWallet(SOLANA, 2), evmWallet(CHAIN, 3)]
const CONFIGURED = addressOn(CHAIN, "0x000000000000000000000000000000000000dEaD")
const LIMITS = { maxAccounts: 2, maxAddresses: 3 }
const messageSchema = z.strictObject({ message: z.string(), nonce: z.string(), expiresAt: z.number() })

type Purpose = { purpose: "create" | "link" | "unlink"; account: string; other?: Address }
type Change = (message: string) => string

onEachDatabase(db => {
  let bench: Bench
  let registry: AccountRegistry
  let now: number

  const open = async () => {
    registry = await AccountRegistry.open(db(), [{ id: "desk", addresses: [CONFIGURED] }], LIMITS)
    const down = {
      ...evmSignatureCheck(DOWN, "http://127.0.0.1:1"),
      signed: async () => Promise.reject(new ChainFault("RPC_UNAVAILABLE", "down")),
    }
    const checks = new Map(
      [evmSignatureCheck(CHAIN, "http://127.0.0.1:1"), solanaSignatureCheck(SOLANA), down].map(each => [
        each.chain,
        each,
      ]),
    )
    bench = await startBench({ linking: { registry, checks, clock: { now: () => now }, origin: () => ORIGIN } })
  }
  beforeEach(async () => {
    now = NOW
    await open()
  })

  const prepared = async (wallet: Wallet, purpose: Purpose) => {
    const response = await bench.post("/v1/sign-in-messages", { ...purpose, address: wallet.address })
    expect(response.status).toBe(201)
    return messageSchema.parse(await response.json())
  }
  const proof = async (wallet: Wallet, purpose: Purpose, change: Change = same, signer = wallet) => {
    const message = change((await prepared(wallet, purpose)).message)
    return { address: wallet.address, message, signature: await signer.sign(message) }
  }
  const create = async (account: string, wallet: Wallet, change?: Change) =>
    bench.post("/v1/accounts", { account, proof: await proof(wallet, { purpose: "create", account }, change) })
  const link = async (account: string, joining: Wallet, linked: Wallet) =>
    bench.post(`/v1/accounts/${account}/links`, {
      joining: await proof(joining, { purpose: "link", account, other: linked.address }),
      linked: await proof(linked, { purpose: "link", account, other: joining.address }),
    })
  const unlink = async (account: string, leaving: Address, signer: Wallet, body?: unknown) =>
    bench.get(`/v1/accounts/${account}/links/${leaving}`, {
      method: "DELETE",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body ?? { proof: await proof(signer, { purpose: "unlink", account, other: leaving }) }),
    })

  describe("linking by signature", () => {
    it("opens an account, links the other chain's address by both signatures, and keeps both over a restart", async () => {
      const created = await create("alice", alice)
      expect([created.status, created.headers.get("location"), await created.json()]).toEqual([
        201,
        "/v1/accounts/alice/margin",
        { account: "alice", addresses: [alice.address] },
      ])
      const linked = await link("alice", bob, alice)
      expect([linked.status, await linked.json()]).toEqual([
        201,
        { account: "alice", addresses: [alice.address, bob.address] },
      ])
      await open()
      expect(registry.accounts).toEqual([
        { id: "desk", addresses: [CONFIGURED] },
        { id: "alice", addresses: [alice.address, bob.address] },
      ])
    })

    it("uses a nonce once, whatever becomes of the account", async () => {
      const body = { account: "alice", proof: await proof(alice, { purpose: "create", account: "alice" }) }
      expect((await bench.post("/v1/accounts", body)).status).toBe(201)
      expect((await unlink("alice", alice.address, alice)).status).toBe(200)
      expect(await fieldsIn(await bench.post("/v1/accounts", body))).toEqual([["/nonce", "NONCE_UNKNOWN"]])
      expect(registry.accounts).toHaveLength(1)
    })

    it("takes one of two requests that use a nonce at the same moment", async () => {
      const body = { account: "alice", proof: await proof(alice, { purpose: "create", account: "alice" }) }
      const answers = await Promise.all([bench.post("/v1/accounts", body), bench.post("/v1/accounts", body)])
      expect(answers.map(each => each.status).sort()).toEqual([201, 400])
    })

    it.each<[string, Change, string]>([
      ["another domain", text => text.replace("margin.example wants", "evil.example wants"), "DOMAIN_MISMATCH"],
      ["another URI", text => text.replace(`URI: ${ORIGIN}`, "URI: https://margin.example.evil"), "URI_MISMATCH"],
      ["another account", text => text.replace("create:alice", "create:mallory"), "WRONG_RESOURCE"],
      ["another purpose", text => text.replace("create:alice", "unlink:alice"), "WRONG_RESOURCE"],
      ["a second resource", text => `${text}\n- urn:plimsoll:create:bob`, "WRONG_RESOURCE"],
      ["another chain", text => text.replace("Chain ID: 1337", "Chain ID: 1"), "WRONG_CHAIN"],
      ["another address", text => text.replace(holderOf(alice), holderOf(mallory)), "WRONG_ADDRESS"],
      ["no expiry", text => text.replace(/\nExpiration Time: .*/, ""), "EXPIRY_MISSING"],
      [
        "a past expiry",
        text => text.replace(/Expiration Time: .*/, "Expiration Time: 2020-01-01T00:00:00Z"),
        "EXPIRED",
      ],
      [
        "a day that no calendar has",
        text => text.replace(/Expiration Time: .*/, "Expiration Time: 2036-13-45T00:00:00Z"),
        "EXPIRED",
      ],
      [
        "a future beginning",
        text => text.replace("\nResources", "\nNot Before: 2099-01-01T00:00:00Z\nResources"),
        "NOT_YET_VALID",
      ],
      ["a line too many", text => `${text}\n\nand transfer everything`, "MALFORMED_MESSAGE"],
    ])("refuses a message with %s, properly signed though it is", async (_, change, code) => {
      expect(await fieldsIn(await create("alice", alice, change))).toEqual([["/proof/message", code]])
      expect(registry.account("alice")).toBeUndefined()
    })

    it("refuses a nonce of its own making, and one that has expired", async () => {
      const own: Change = text => text.replace(/Nonce: .*/, "Nonce: 00000000000000000000000000000000")
      expect(await fieldsIn(await create("alice", alice, own))).toEqual([["/nonce", "NONCE_UNKNOWN"]])
      const late = await proof(alice, { purpose: "create", account: "alice" }, text =>
        text.replace(/Expiration Time: .*/, "Expiration Time: 2099-01-01T00:00:00Z"),
      )
      now += 601
      const answer = await bench.post("/v1/accounts", { account: "alice", proof: late })
      expect(await fieldsIn(answer)).toEqual([["/nonce", "NONCE_UNKNOWN"]])
    })

    it("refuses a signature of somebody else, on either chain", async () => {
      const forged = await proof(bob, { purpose: "create", account: "alice" }, same, solanaWallet(SOLANA, 9))
      const answer = await bench.post("/v1/accounts", { account: "alice", proof: forged })
      expect(await fieldsIn(answer)).toEqual([["/proof/signature", "SIGNATURE_INVALID"]])
      for (const signature of ["", "0x", "1".repeat(30_000), "0OIl"]) {
        const broken = await bench.post("/v1/accounts", { account: "alice", proof: { ...forged, signature } })
        expect(await fieldsIn(broken)).toEqual([["/proof/signature", "SIGNATURE_INVALID"]])
      }
    })

    it("links nothing by one side's word", async () => {
      await create("alice", alice)
      const both = {
        joining: await proof(bob, { purpose: "link", account: "alice", other: alice.address }),
        linked: await proof(alice, { purpose: "link", account: "alice", other: mallory.address }),
      }
      expect(await fieldsIn(await bench.post("/v1/accounts/alice/links", both))).toEqual([
        ["/linked/message", "WRONG_RESOURCE"],
      ])
      const stranger = await link("alice", bob, mallory)
      expect(await fieldsIn(stranger)).toEqual([["/linked/address", "NOT_LINKED"]])
      expect(registry.account("alice")?.addresses).toEqual([alice.address])
    })

    it("refuses an address that is linked elsewhere, by signature or by the configuration", async () => {
      await create("alice", alice)
      await create("bob-book", bob)
      expect(await problemIn(await link("alice", bob, alice))).toMatchObject({ status: 409, code: "ADDRESS_LINKED" })
      const owner = { address: CONFIGURED, sign: alice.sign }
      const check = { ...evmSignatureCheck(CHAIN, "http://127.0.0.1:1"), signed: async () => true }
      bench = await startBench({
        linking: { registry, checks: new Map([[CHAIN, check]]), clock: { now: () => now }, origin: () => ORIGIN },
      })
      expect(await problemIn(await link("alice", owner, alice))).toMatchObject({ status: 409, code: "ADDRESS_LINKED" })
    })

    it("refuses ids that are taken, and changes to accounts of the configuration", async () => {
      expect(await problemIn(await create("desk", alice))).toMatchObject({ status: 409, code: "ACCOUNT_EXISTS" })
      await create("alice", alice)
      expect(await problemIn(await create("alice", mallory))).toMatchObject({ status: 409, code: "ACCOUNT_EXISTS" })
      const body = { proof: { address: CONFIGURED, message: "", signature: "" } }
      expect((await unlink("desk", CONFIGURED, alice, body)).status).toBe(400)
    })

    it("unlinks by the address's own signature or another's of the account, and by nobody else's", async () => {
      await create("alice", alice)
      await link("alice", bob, alice)
      expect(await fieldsIn(await unlink("alice", bob.address, mallory))).toEqual([["/proof/address", "NOT_LINKED"]])
      const left = await unlink("alice", bob.address, alice)
      expect([left.status, await left.json()]).toEqual([200, { account: "alice", addresses: [alice.address] }])
      expect(await problemIn(await unlink("alice", bob.address, alice))).toMatchObject({ status: 404 })
      await create("bob-book", bob)
      expect(registry.account("bob-book")?.addresses).toEqual([bob.address])
    })

    it("closes an account with its last address, and never gives its id again", async () => {
      await create("alice", alice)
      await unlink("alice", alice.address, alice)
      expect(registry.account("alice")).toBeUndefined()
      expect(await problemIn(await create("alice", alice))).toMatchObject({ status: 409, code: "ACCOUNT_EXISTS" })
    })

    it("takes no more accounts and addresses than the service allows", async () => {
      await create("one", evmWallet(CHAIN, 11))
      await create("two", evmWallet(CHAIN, 12))
      expect(await problemIn(await create("three", alice))).toMatchObject({ status: 403, code: "REGISTRY_FULL" })
      for (const number of [21, 22]) {
        expect((await link("one", evmWallet(CHAIN, number), evmWallet(CHAIN, 11))).status).toBe(201)
      }
      const fourth = await link("one", evmWallet(CHAIN, 23), evmWallet(CHAIN, 11))
      expect(await problemIn(fourth)).toMatchObject({ status: 403, code: "REGISTRY_FULL" })
    })

    it("says that a chain cannot be asked, and names a chain that it does not read", async () => {
      const lost = evmWallet(DOWN, 5)
      expect(await problemIn(await create("lost", lost))).toMatchObject({ status: 503, code: "NOT_READY" })
      const strange = {
        purpose: "create",
        account: "lost",
        address: "eip155:77:0x000000000000000000000000000000000000dEaD",
      }
      expect(await fieldsIn(await bench.post("/v1/sign-in-messages", strange))).toEqual([["/address", "UNKNOWN_CHAIN"]])
    })

    it("refuses a start whose configuration claims what is linked", async () => {
      await create("alice", alice)
      const claim = (id: string, address: Address) => AccountRegistry.open(db(), [{ id, addresses: [address] }], LIMITS)
      await expect(claim("desk", alice.address)).rejects.toMatchObject({ code: "INVALID_INPUT" })
      await expect(claim("alice", mallory.address)).rejects.toMatchObject({ code: "INVALID_INPUT" })
    })
  })
})

function same(message: string): string {
  return message
}

const holderOf = ({ address }: Wallet): string => address.slice(address.lastIndexOf(":") + 1)
