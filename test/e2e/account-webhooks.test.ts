/**
 * Alerts that owners open by signature, over the whole service: wallets of every kind, real chains that are asked about
 * contracts, messages that arrive.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { plimsollClient, proofOf } from "../../aggregator/client.js"
import { parseConfig } from "../../aggregator/config.js"
import { addressOn, chainId } from "../../aggregator/domain/caip.js"
import { type RunningService, startService } from "../../aggregator/main.js"
import { startAnvil } from "../../chains/devnet/anvil.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { openSender } from "../../chains/evm/sender.js"
import { capturedLog } from "../support/captured-log.js"
import { deployedWallet, undeployedWallet } from "../support/contract-wallets.js"
import { readmeExample } from "../support/documentation.js"
import { startServer } from "../support/http.js"
import { ownerOf } from "../support/owner-acts.js"
import { fieldsIn, SOLANA } from "../support/service.js"
import { until } from "../support/until.js"
import { evmWallet, solanaWallet, type Wallet } from "../support/wallets.js"
import { startReceiver } from "../support/webhook-receiver.js"

const CHAIN_ID = 1337
const CHAIN = chainId(`eip155:${CHAIN_ID}`)
const KEY = "key-of-the-target"

const { log, text: logged } = capturedLog()
let anvil: Awaited<ReturnType<typeof startAnvil>>
/** Solana, of which nothing can be read: what ed25519 signed is known without it. */
let nowhere: Awaited<ReturnType<typeof startServer>>
let receiver: Awaited<ReturnType<typeof startReceiver>>
let service: RunningService
let wallets: Readonly<Record<string, Wallet>>

const walletOf = (name: string): Wallet => {
  const wallet = wallets[name]
  if (!wallet) throw new Error(`there is no wallet ${name}`)
  return wallet
}
const owner = ownerOf((path, init) => fetch(`${service.url}${path}`, init))
const target = () => `${receiver.url}?key=${KEY}`

beforeAll(async () => {
  ;[anvil, nowhere, receiver] = await Promise.all([
    startAnvil({ chainId: CHAIN_ID }),
    startServer(() => ({ status: 500, body: "{}" })),
    startReceiver(() => 200),
  ])
  const sender = openSender({ url: anvil.url, chainId: CHAIN_ID, account: devAccount(4) })
  const deployed = await deployedWallet(sender, devAccount(3))
  const undeployed = await undeployedWallet(sender, devAccount(3))
  wallets = {
    key: evmWallet(CHAIN, 1),
    contract: { ...deployed, address: addressOn(CHAIN, deployed.address) },
    undeployed: { ...undeployed, address: addressOn(CHAIN, undeployed.address) },
    solana: solanaWallet(SOLANA, 2),
  }
  const contract = `0x${"11".repeat(20)}`
  const shared = { assets: [], adapters: [] }
  const here = { kind: "evm", chain: CHAIN, name: "Here", wormholeChain: 2, rpc: [anvil.url], finality: "latest" }
  const there = { kind: "solana", chain: SOLANA, name: "Nowhere", wormholeChain: 1, rpc: [nowhere.url] }
  const config = parseConfig({
    chains: [
      { ...shared, ...here, wormhole: { core: contract, receiver: contract } },
      { ...shared, ...there, commitment: "finalized" },
    ],
    port: 0,
    refreshSeconds: 0.2,
    storage: { folder: null },
    rateLimit: null,
    webhooks: { owners: { allowPrivateTargets: true, maxPerAccount: 1 } },
  })
  service = await startService(config, {}, log)
  for (const [name, wallet] of Object.entries(wallets)) {
    expect((await owner.create(wallet, `of-${name}`)).status).toBe(201)
  }
})
afterAll(async () => {
  await service?.stop()
  await Promise.all([receiver?.stop(), nowhere?.stop(), anvil?.stop()])
})

describe.each(["key", "contract", "undeployed", "solana"])("alerts by signature of a wallet (%s)", name => {
  const account = `of-${name}`

  it("are opened, tested, received as signed, listed and closed", async () => {
    const wallet = walletOf(name)
    const opened = await owner.open(wallet, account, { url: target() })
    expect(opened.status).toBe(201)
    const { id, secret } = await opened.json()
    expect((await owner.open(wallet, account, { url: target() })).status).toBe(403)

    const tested = await owner.test(wallet, account, id)
    expect(tested.status).toBe(202)
    const { event } = await tested.json()
    const arrived = await until("the test arrives", () => receiver.received.find(each => each.id === event))
    expect([arrived.event.type, arrived.event.data]).toEqual(["webhook.test", { webhook: id }])
    expect(arrived.isSignedWith(secret)).toBe(true)

    const { webhooks } = await (await owner.list(wallet, account)).json()
    expect(webhooks).toMatchObject([{ id, account, openedBy: wallet.address, url: target() }])
    expect((await owner.change(wallet, account, id, { url: `${target()}&changed` })).status).toBe(200)
    expect((await owner.close(wallet, account, id)).status).toBe(200)
    expect((await owner.test(wallet, account, id)).status).toBe(404)
    expect(logged().includes(secret.replace("whsec_", ""))).toBe(false)
  })

  it("are not opened by a signature of somebody else, nor by a message that nobody was given", async () => {
    const wallet = walletOf(name)
    const act = { purpose: "open-webhook", account, terms: { url: target() } }
    const forger = name === "solana" ? solanaWallet(SOLANA, 9) : evmWallet(CHAIN, 9)
    const forged = await owner.signed({ ...wallet, sign: forger.sign }, act)
    expect(await fieldsIn(await owner.send(act, forged))).toEqual([["/proof/signature", "SIGNATURE_INVALID"]])
    const { proof } = await owner.signed(wallet, act)
    const moved = { webhook: { url: `${receiver.url}/elsewhere` }, proof }
    expect(await fieldsIn(await owner.send(act, moved))).toEqual([["/proof/message", "WRONG_RESOURCE"]])
  })
})

it("tell of the owner's account alone", async () => {
  const { id } = await (await owner.open(walletOf("solana"), "of-solana", { url: target() })).json()
  const alerts = () => receiver.received.filter(each => each.event.type === "account.status_changed")
  await until("it is told that Solana cannot be read", () =>
    alerts().some(each => each.event.data.account === "of-solana" && each.event.data.status === "UNAVAILABLE"),
  )
  expect(new Set(alerts().map(each => each.event.data.account))).toEqual(new Set(["of-solana"]))
  expect((await owner.close(walletOf("solana"), "of-solana", id)).status).toBe(200)
})

it("are opened by the lines in README", async () => {
  const lines = readmeExample("For wallets").code("ts").split("\n")
  const code = lines.filter(line => !line.startsWith("import ")).join("\n")
  const wallet = { signMessage: ({ message }: { message: string }) => walletOf("key").sign(message) }
  const given = { plimsollClient, proofOf, service: service.url, address: walletOf("key").address, wallet }
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor
  const own = code.replaceAll("my-book", "of-key")
  await new AsyncFunction(...Object.keys(given), own)(...Object.values(given))
  const { webhooks } = await (await owner.list(walletOf("key"), "of-key")).json()
  expect(webhooks).toMatchObject([{ url: "https://alerts.example/plimsoll", healthBelow: { threshold: "1000" } }])
})

it("leave no target in the log", () => {
  expect(logged()).not.toBe("")
  expect(logged().includes(KEY)).toBe(false)
})
