/**
 * The service without a network: the app over a book that a test fills, with the kernel and the policy as they ship.
 */
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely"
import { type AppDependencies, createApp } from "../../aggregator/app.js"
import { address, chainId } from "../../aggregator/domain/caip.js"
import type { AccountSnapshot, Snapshot } from "../../aggregator/domain/snapshot.js"
import { type Assessment, assessSnapshot } from "../../aggregator/pipeline/assess-snapshot.js"
import { shippedPolicy } from "../../aggregator/policies/shipped.js"
import { publishedDocuments } from "../../aggregator/routes/published.js"
import { type Problem, problemSchema } from "../../aggregator/routes/schemas.js"
import { idempotencyKeys } from "../../aggregator/store/idempotency.js"
import { MarginBook } from "../../aggregator/store/margin-book.js"
import { AccountRegistry } from "../../aggregator/store/registry.js"
import type { Tables } from "../../aggregator/store/tables.js"
import { webhookStore } from "../../aggregator/store/webhooks.js"
import { kernelBytes, shippedKernel } from "./kernel.js"
import { accountOf, CHAIN, collateral, debt, NOW, option, pinAt, priced, snapshotOf } from "./snapshots.js"

export const SOLANA = chainId("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")
export const EVM_ADDRESS = address(`${CHAIN}:0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f`)
export const SOLANA_ADDRESS = address(`${SOLANA}:7S3P4HxJpyyigGzodYwHtCxZyUQe9JiBMHyRWXArAaKv`)

const CALL = option("ETH-25DEC26-3200-C", "-5")
const account = (id: string, also: Partial<AccountSnapshot>): AccountSnapshot => ({ ...accountOf([]), id, ...also })

/** Three accounts: one with everything, one whose chain is down, one without anything. */
export const snapshot = (also: Partial<Snapshot> = {}): Snapshot => ({
  ...snapshotOf([CALL]),
  chains: [
    { status: "ok", chain: CHAIN, pin: pinAt(NOW - 7), faults: [] },
    { status: "unavailable", chain: SOLANA, code: "WRONG_CHAIN", detail: "answers as another chain" },
  ],
  prices: [priced("ETH", "3000", "1.5"), priced("BTC", "90000"), priced("USDC", "1")],
  accounts: [
    account("seller", {
      addresses: [EVM_ADDRESS],
      legs: [CALL, collateral("USDC", "20000"), collateral("ETH", "1.25"), debt("USDC", "100")],
    }),
    account("lost", {
      addresses: [SOLANA_ADDRESS],
      unread: [{ address: SOLANA_ADDRESS, lastSeen: "never" }],
    }),
    account("empty", {}),
  ],
  ...also,
})

export interface Bench {
  readonly book: MarginBook
  readonly faults: readonly unknown[]
  assess(snapshot: Snapshot): Assessment
  get(path: string, init?: RequestInit): Promise<Response>
  /** JSON as it is, text as the body says. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  stop(): void
}

/** A database that takes everything and has nothing: for routes whose storage is tested elsewhere. */
const noDatabase = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: db => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** The app itself beside its bench, for what has to go over a socket. */
export async function servedBench(): Promise<Bench & { readonly app: ReturnType<typeof createApp> }> {
  let app: ReturnType<typeof createApp> | undefined
  const bench = await startBench({}, made => {
    app = made
  })
  if (!app) throw new Error("no app was made")
  return { ...bench, app }
}

export async function startBench(
  also: Partial<AppDependencies> = {},
  onApp: (app: ReturnType<typeof createApp>) => void = () => {},
): Promise<Bench> {
  const book = new MarginBook()
  const kernel = await shippedKernel()
  const policy = shippedPolicy("span16")
  const faults: unknown[] = []
  const stopping = new AbortController()
  const registry = await AccountRegistry.open(noDatabase, [], { maxAccounts: 10, maxAddresses: 3 })
  const app = createApp({
    book,
    idempotency: idempotencyKeys(noDatabase),
    clock: { now: () => NOW },
    linking: { registry, checks: new Map(), clock: { now: () => NOW }, origin: () => "http://localhost" },
    webhooks: {
      store: webhookStore(noDatabase),
      targets: { allowPrivateTargets: false },
      owners: { allowPrivateTargets: false, maxPerAccount: 5 },
      clock: { now: () => NOW },
    },
    kernel,
    published: publishedDocuments([policy], await kernelBytes()),
    show: { policy, chainName: chain => (chain === CHAIN ? "Ethereum" : chain) },
    readiness: () => [{ name: "margin", ok: true, detail: "computed" }],
    closing: stopping.signal,
    reportFault: fault => faults.push(fault),
    ...also,
  })
  onApp(app)
  return {
    book,
    faults,
    assess: taken => {
      const assessment = assessSnapshot(taken, policy.policy, kernel)
      book.recordAssessment(assessment)
      return assessment
    },
    get: async (path, init) => app.request(path, init),
    post: async (path, body, headers = { "content-type": "application/json" }) =>
      app.request(path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers }),
    stop: () => stopping.abort(),
  }
}

/** The problem that a response carries. @throws when it carries none, or one of another status. */
export async function problemIn(response: Response): Promise<Problem> {
  const type = response.headers.get("content-type")
  if (type !== "application/problem+json") throw new Error(`${response.status} ${type}: ${await response.text()}`)
  const problem = problemSchema.parse(await response.json())
  if (problem.status !== response.status) throw new Error(`the body says ${problem.status}, not ${response.status}`)
  return problem
}

/** Pointer and code of every wrong field. */
export async function fieldsIn(response: Response): Promise<[pointer: string, code: string][]> {
  const { errors = [] } = await problemIn(response)
  return errors.map(({ pointer, code }) => [pointer, code])
}
