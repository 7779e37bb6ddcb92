import { beforeEach, describe, expect, it } from "vitest"
import { chainId } from "../../../aggregator/domain/caip.js"
import { idempotencyKeys } from "../../../aggregator/store/idempotency.js"
import { issueNonce } from "../../../aggregator/store/nonces.js"
import { AccountRegistry } from "../../../aggregator/store/registry.js"
import { webhookStore } from "../../../aggregator/store/webhooks.js"
import { ChainFault } from "../../../chains/chain-fault.js"
import { evmSignatureCheck } from "../../../chains/evm/sign-in.js"
import { solanaSignatureCheck } from "../../../chains/solana/sign-in.js"
import { onEachDatabase } from "../../support/databases.js"
import { type Act, ownerOf, type Terms } from "../../support/owner-acts.js"
import { type Bench, fieldsIn, problemIn, SOLANA, startBench } from "../../support/service.js"
import { CHAIN, NOW } from "../../support/snapshots.js"
import { evmWallet, solanaWallet, type Wallet } from "../../support/wallets.js"

const ORIGIN = "https://margin.example"
const DOWN = chainId("eip155:9")
const [alice, bob, mallory, operated] = [1, 2, 3, 4].map(number => evmWallet(CHAIN, number)) as [
  Wallet,
  Wallet,
  Wallet,
  Wallet,
]
const carol = solanaWallet(SOLANA, 5)
const lost = evmWallet(DOWN, 6)
const MOST = 2
const TERMS = { url: "https://alerts.example/hook", healthBelow: { threshold: "1000", recovered: "1200" } }
const NO_WEBHOOK = `wh_${"0".repeat(8)}-0000-0000-0000-${"0".repeat(12)}`

onEachDatabase(db => {
  let bench: Bench
  let registry: AccountRegistry
  let now: number

  beforeEach(async () => {
    now = NOW
    const configured = [
      { id: "d", addresses: [operated.address] },
      { id: "far", addresses: [lost.address] },
    ]
    registry = await AccountRegistry.open(db(), configured, { maxAccounts: 10, maxAddresses: 3 })
    const checks = [
      evmSignatureCheck(CHAIN, "http://127.0.0.1:1"),
      solanaSignatureCheck(SOLANA),
      {
        ...evmSignatureCheck(DOWN, "http://127.0.0.1:1"),
        signed: async () => Promise.reject(new ChainFault("RPC_UNAVAILABLE", "down")),
      },
    ]
    const clock = { now: () => now }
    bench = await startBench({
      clock,
      idempotency: idempotencyKeys(db()),
      linking: { registry, checks: new Map(checks.map(each => [each.chain, each])), clock, origin: () => ORIGIN },
      webhooks: {
        store: webhookStore(db()),
        targets: { allowPrivateTargets: true },
        owners: { allowPrivateTargets: false, maxPerAccount: MOST },
        clock,
        adminToken: "of-the-operator",
      },
    })
    await owner.create(alice, "alice")
    await owner.create(mallory, "mallory")
  })

  const owner = ownerOf((path, init) => bench.get(path, init))
  const opened = async (signer = alice, account = "alice", terms: Terms = TERMS) => {
    const answer = await owner.open(signer, account, terms)
    expect(answer.status).toBe(201)
    return answer.json()
  }
  const listed = async (signer = alice, account = "alice") => {
    const answer = await owner.list(signer, account)
    expect(answer.status).toBe(200)
    return (await answer.json()).webhooks
  }
  const kept = () => webhookStore(db()).all()

  describe("an owner's webhooks", () => {
    it("are opened by signature for the one account, with the secret shown once and in no list", async () => {
      const answer = await owner.open(alice, "alice", TERMS)
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([201, "no-store"])
      const { secret, ...webhook } = await answer.json()
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
      expect(webhook).toEqual({
        id: expect.stringMatching(/^wh_/),
        account: "alice",
        openedBy: alice.address,
        ...TERMS,
        statusChange: true,
        cooldownSeconds: 300,
        createdAt: NOW,
        pending: 0,
        failed: 0,
        lastFailure: null,
      })
      expect(await listed()).toEqual([webhook])
      expect(await kept()).toMatchObject([{ secret, terms: { accounts: ["alice"] } }])
    })

    it("say in the message what is signed for: words, hash of the terms, target", async () => {
      const { message } = await owner.prepare(alice, { purpose: "open-webhook", account: "alice", terms: TERMS })
      expect(message).toContain(
        "\nOpen a webhook that sends alerts of margin account alice to the URL below: a change of status; " +
          "health under 1000 USD, and back at 1200 USD; good news at the earliest 300 s after bad.\n",
      )
      // printf %s '{"cooldownSeconds":300,"healthBelow":{"recovered":"1200","threshold":"1000"},"statusChange":true,"url":"https://alerts.example/hook"}' | sha256sum
      expect(message.split("\nResources:\n")[1]).toBe(
        "- urn:plimsoll:open-webhook:alice:sha256:ed5b79006408cb5ba1a397ee17fa5833900a72f33dbe68f7f3a9762627d640e7\n- https://alerts.example/hook",
      )
    })

    it("belong to accounts of the configuration and of other chains too", async () => {
      await opened(operated, "d")
      await owner.create(carol, "carol")
      await opened(carol, "carol")
      expect(await listed(carol, "carol")).toMatchObject([{ account: "carol", openedBy: carol.address }])
    })

    it("may be changed: another target, other terms, the same secret; what was told is forgotten", async () => {
      const { id, secret } = await opened()
      const store = webhookStore(db())
      const watch = { told: "STALE", toldAt: NOW, low: true, lowAt: NOW } as const
      await store.put({ id, revision: 0 }, [], new Map([["alice", watch]]), NOW)
      const answer = await owner.change(alice, "alice", id, { url: "https://other.example/", cooldownSeconds: 1 })
      expect([answer.status, await answer.json()]).toMatchObject([
        200,
        { id, url: "https://other.example/", healthBelow: null, cooldownSeconds: 1 },
      ])
      expect(await kept()).toMatchObject([{ id, secret, url: "https://other.example/" }])
      expect((await store.watches([id])).get(id)).toEqual(new Map())
      expect(await store.put({ id, revision: 0 }, [], new Map([["alice", watch]]), NOW)).toBe(false)
    })

    it("send a test and are closed, by any address of the account", async () => {
      const { id } = await opened()
      await owner.link(bob, "alice", alice)
      const tested = await owner.test(bob, "alice", id)
      expect([tested.status, await tested.json()]).toEqual([202, { event: expect.stringMatching(/^evt_/) }])
      expect(await listed(bob)).toMatchObject([{ id, pending: 1 }])
      const closed = await owner.close(bob, "alice", id)
      expect([closed.status, await closed.json()]).toEqual([200, { closed: id }])
      expect(await listed()).toEqual([])
    })

    it("are opened once however often the same request is sent with a key", async () => {
      const request = await owner.signed(alice, { purpose: "open-webhook", account: "alice", terms: TERMS })
      const headers = { "content-type": "application/json", "idempotency-key": "once" }
      const answers = [1, 2].map(() => bench.post("/v1/accounts/alice/webhooks", request, headers))
      const [first] = await Promise.all(answers)
      const again = await bench.post("/v1/accounts/alice/webhooks", request, headers)
      expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, "true"])
      if (first?.status === 201) expect(await again.json()).toEqual(await first.json())
      expect(await kept()).toHaveLength(1)
    })

    it("are shown to the operator and closed by him, and take none of his places", async () => {
      const { id } = await opened()
      const headers = { authorization: "Bearer of-the-operator" }
      const { webhooks } = await (await bench.get("/v1/webhooks", { headers })).json()
      expect(webhooks).toMatchObject([{ id, accounts: ["alice"], openedBy: alice.address }])
      const own = { id: "wh_1", url: TERMS.url, secret: "whsec_", createdAt: NOW }
      const terms = { accounts: null, statusChange: true, health: null, cooldownSeconds: 0 }
      expect(await webhookStore(db()).create({ ...own, terms }, 1)).toBe(true)
      expect((await bench.get(`/v1/webhooks/${id}`, { method: "DELETE", headers })).status).toBe(200)
      expect(await listed()).toEqual([])
    })
  })

  describe("what an account may have", () => {
    it("is so many webhooks and no more, and another one for one that is closed", async () => {
      const { id } = await opened()
      await opened()
      const third = await owner.open(alice, "alice", TERMS)
      expect(await problemIn(third)).toMatchObject({ status: 403, code: "WEBHOOK_LIMIT" })
      await opened(mallory, "mallory")
      await owner.close(alice, "alice", id)
      await opened()
    })

    it("is not exceeded by requests at the same moment", async () => {
      const answers = await Promise.all([1, 2, 3, 4].map(() => owner.open(alice, "alice", TERMS)))
      expect(answers.map(each => each.status).sort()).toEqual([201, 201, 403, 403])
      expect(await kept()).toHaveLength(MOST)
    })

    it("ends with the account, not with the address that signed", async () => {
      const { id } = await opened()
      await owner.link(bob, "alice", alice)
      expect((await owner.unlink(alice, "alice", alice.address)).status).toBe(200)
      expect(await listed(bob)).toMatchObject([{ id, openedBy: alice.address }])
      expect((await owner.unlink(bob, "alice", bob.address)).status).toBe(200)
      expect(await kept()).toEqual([])
      expect(await problemIn(await owner.list(bob, "alice"))).toMatchObject({ status: 404, code: "UNKNOWN_ACCOUNT" })
    })
  })

  /** Each act with the webhook that it is about. */
  const acts = (webhook: string, account = "alice"): readonly Act[] => [
    { purpose: "open-webhook", account, terms: TERMS },
    { purpose: "list-webhooks", account },
    { purpose: "change-webhook", account, webhook, terms: TERMS },
    { purpose: "test-webhook", account, webhook },
    { purpose: "close-webhook", account, webhook },
  ]

  describe("a signature", () => {
    it("opens nothing of another's account, whoever it is made out to", async () => {
      const { id } = await opened()
      for (const act of acts(id)) {
        expect(await fieldsIn(await owner.does(mallory, act)), act.purpose).toEqual([["/proof/address", "NOT_LINKED"]])
        const own = await owner.signed(mallory, { ...act, account: "mallory" })
        // The message of the one account in a request for the other, under its address and under mallory's.
        const { proof } = own
        for (const address of [mallory.address, alice.address]) {
          const answer = await owner.send(act, { ...own, proof: { ...proof, address } })
          expect(answer.status, act.purpose).toBe(400)
        }
      }
      expect(await kept()).toMatchObject([{ id, pending: 0, url: TERMS.url }])
    })

    it("reaches no webhook of another account or of the operator through its own", async () => {
      const { id } = await opened()
      const operators = NO_WEBHOOK.replace("wh_0", "wh_1")
      const terms = { accounts: ["mallory"], statusChange: true, health: null, cooldownSeconds: 0 }
      await webhookStore(db()).create({ id: operators, url: TERMS.url, secret: "whsec_", createdAt: NOW, terms }, 1)
      expect(await listed(mallory, "mallory")).toEqual([])
      for (const foreign of [id, operators, NO_WEBHOOK]) {
        for (const act of acts(foreign, "mallory").slice(2)) {
          const problem = await problemIn(await owner.does(mallory, act))
          expect(problem, act.purpose).toMatchObject({ status: 404, code: "UNKNOWN_WEBHOOK" })
        }
      }
      expect((await kept()).map(each => each.pending)).toEqual([0, 0])
    })

    it("counts once", async () => {
      const { id } = await opened()
      for (const act of acts(id)) {
        const request = await owner.signed(alice, act)
        expect((await owner.send(act, request)).status, act.purpose).toBeLessThan(300)
        const problem = await owner.send(act, request)
        expect(await fieldsIn(problem), act.purpose).toEqual([["/nonce", "NONCE_UNKNOWN"]])
      }
      expect(await kept()).toHaveLength(1)
    })

    it("is used up by nothing that fails", async () => {
      await opened()
      const { id } = await opened()
      const third = await owner.signed(alice, { purpose: "open-webhook", account: "alice", terms: TERMS })
      const act = { purpose: "open-webhook", account: "alice", terms: TERMS } as const
      expect((await owner.send(act, third)).status).toBe(403)
      await owner.close(alice, "alice", id)
      expect((await owner.send(act, third)).status).toBe(201)
    })

    it.each<[string, Terms]>([
      ["target", { ...TERMS, url: "https://evil.example/hook" }],
      ["threshold", { ...TERMS, healthBelow: { threshold: "1", recovered: "1200" } }],
      ["recovery", { ...TERMS, healthBelow: { threshold: "1000" } }],
      ["occasions", { ...TERMS, statusChange: false }],
      ["cooldown", { ...TERMS, cooldownSeconds: 299 }],
    ])("binds the %s", async (_, terms) => {
      const { id } = await opened()
      for (const act of acts(id).filter(each => each.terms)) {
        const { proof } = await owner.signed(alice, act)
        const answer = await owner.send(act, { webhook: terms, proof })
        expect(await fieldsIn(answer), act.purpose).toEqual([["/proof/message", "WRONG_RESOURCE"]])
      }
      expect(await kept()).toMatchObject([{ url: TERMS.url, terms: { cooldownSeconds: 300, statusChange: true } }])
    })

    it("binds what the terms mean, not how they are spelled", async () => {
      const act = { purpose: "open-webhook", account: "alice", terms: TERMS } as const
      const { proof } = await owner.signed(alice, act)
      const webhook = {
        url: "https://ALERTS.example/hook",
        cooldownSeconds: 300,
        healthBelow: { threshold: "1000.0", recovered: "01200" },
      }
      expect((await owner.send(act, { webhook, proof })).status).toBe(201)
    })

    it("binds the act, the webhook and the words", async () => {
      const [{ id }, other] = [await opened(), await opened()]
      const [test, close] = acts(id).slice(3) as [Act, Act]
      const { proof } = await owner.signed(alice, test)
      expect(await fieldsIn(await owner.send(close, { proof }))).toEqual([["/proof/message", "WRONG_RESOURCE"]])
      const elsewhere = { ...test, webhook: other.id }
      expect(await fieldsIn(await owner.send(elsewhere, { proof }))).toEqual([["/proof/message", "WRONG_RESOURCE"]])
      for (const reworded of ["\nReceive a gift.\n", ""]) {
        const lie = await owner.signed(alice, close, text => text.replace(/\nClose webhook .*\n/, reworded))
        expect(await fieldsIn(await owner.send(close, lie))).toEqual([["/proof/message", "WRONG_STATEMENT"]])
      }
      expect(await kept()).toHaveLength(2)
    })

    it("runs out, and is for this service alone", async () => {
      const act = acts(NO_WEBHOOK)[1] as Act
      const late = await owner.signed(alice, act)
      const foreign = await owner.signed(alice, act, text => text.replace("margin.example wants", "evil.example wants"))
      expect(await fieldsIn(await owner.send(act, foreign))).toEqual([["/proof/message", "DOMAIN_MISMATCH"]])
      now += 600
      expect(await fieldsIn(await owner.send(act, late))).toEqual([["/proof/message", "EXPIRED"]])
    })

    it("ends with the link of its address", async () => {
      await owner.link(bob, "alice", alice)
      const act = { purpose: "open-webhook", account: "alice", terms: TERMS } as const
      const request = await owner.signed(bob, act)
      await owner.unlink(alice, "alice", bob.address)
      expect(await fieldsIn(await owner.send(act, request))).toEqual([["/proof/address", "NOT_LINKED"]])
      expect(await kept()).toEqual([])
    })

    it("does nothing once the database has the link no more, whatever was remembered", async () => {
      await owner.link(bob, "alice", alice)
      const stale = await AccountRegistry.open(db(), [], { maxAccounts: 10, maxAddresses: 3 })
      await owner.unlink(alice, "alice", bob.address)
      await issueNonce(db(), "12345678", now + 60)
      const act = (address: Wallet["address"]) =>
        stale.asOwner("alice", { address, nonce: "12345678", now }, async () => "done")
      await expect(act(bob.address)).rejects.toMatchObject({ issues: [{ code: "NOT_LINKED" }] })
      expect(await act(alice.address)).toBe("done")
    })

    it("of somebody else is none", async () => {
      await owner.create(carol, "carol")
      const act = { purpose: "list-webhooks", account: "carol" }
      const request = await owner.signed({ ...carol, sign: solanaWallet(SOLANA, 9).sign }, act)
      expect(await fieldsIn(await owner.send(act, request))).toEqual([["/proof/signature", "SIGNATURE_INVALID"]])
    })

    it("that its chain cannot be asked about opens nothing for now", async () => {
      const answer = await owner.open(lost, "far", TERMS)
      expect(await problemIn(answer)).toMatchObject({ status: 503, code: "NOT_READY" })
    })
  })

  describe("terms that nobody could keep", () => {
    it.each<[Terms, string]>([
      [{ url: "https://169.254.169.254/latest" }, "/url"],
      [{ url: "http://alerts.example" }, "/url"],
      [{ url: `https://alerts.example/${"a".repeat(1_000)}` }, "/url"],
      [{ url: `https://alerts.example/${"ü".repeat(200)}` }, "/url"],
      [{ url: TERMS.url, statusChange: false }, "/statusChange"],
      [{ url: TERMS.url, healthBelow: { threshold: "5", recovered: "4.99" } }, "/healthBelow/recovered"],
    ])("are refused before and after they are signed: %j", async (terms, pointer) => {
      const message = { purpose: "open-webhook", account: "alice", address: alice.address, terms }
      expect(await fieldsIn(await bench.post("/v1/sign-in-messages", message))).toEqual([
        [`/terms${pointer}`, "INVALID_VALUE"],
      ])
      const { proof } = await owner.signed(alice, acts(NO_WEBHOOK)[0] as Act)
      const answer = await bench.post("/v1/accounts/alice/webhooks", { webhook: terms, proof })
      expect(await fieldsIn(answer)).toEqual([[`/webhook${pointer}`, "INVALID_VALUE"]])
    })
  })
})
