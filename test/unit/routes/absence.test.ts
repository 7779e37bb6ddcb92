import { beforeEach, expect, it } from "vitest"
import type { AccountLeaf, Attestation, Bytes32 } from "../../../aggregator/domain/attestation.js"
import { addressOn } from "../../../aggregator/domain/caip.js"
import { usd } from "../../../aggregator/domain/fixed.js"
import { ACCOUNT_STATUSES } from "../../../aggregator/domain/health.js"
import { accountHash } from "../../../aggregator/domain/leaf.js"
import { verifyAbsence } from "../../../aggregator/domain/merkle.js"
import { attest } from "../../../aggregator/pipeline/attest.js"
import { absenceSchema } from "../../../aggregator/routes/inclusion-schemas.js"
import { type Bench, fieldsIn, problemIn, SOLANA, snapshot, startBench } from "../../support/service.js"
import { CHAIN } from "../../support/snapshots.js"

let bench: Bench
let attestation: Attestation
beforeEach(async () => {
  bench = await startBench()
  const [wasmHash, policyHash] = [accountHash("wasm"), accountHash("policy")]
  const chains = [
    { chain: CHAIN, wormholeChain: 2 },
    { chain: SOLANA, wormholeChain: 1 },
  ]
  const assessment = bench.assess(snapshot())
  attestation = attest(assessment, { epoch: 3n, validity: 60, revokedBelow: 0n, wasmHash, policyHash, chains })
  await bench.book.recordEpoch(attestation, assessment)
})

const FIRST: Bytes32 = `0x${"00".repeat(32)}`
const LAST: Bytes32 = `0x${"ff".repeat(32)}`
const ask = (chain: string, holder: string, epoch = 3) =>
  bench.get(`/v1/attestations/${epoch}/absence?chain=${chain}&holder=${holder}`)

type View = ReturnType<typeof absenceSchema.parse>
function rebuilt(proved: View["before"]): { leaf: AccountLeaf; proof: Bytes32[] } | null {
  if (!proved) return null
  const { equity, initialMargin, maintenanceMargin, status, ...leaf } = proved.leaf
  return {
    leaf: {
      ...leaf,
      address: addressOn(CHAIN, "unused"),
      holder: leaf.holder as Bytes32,
      account: leaf.account as Bytes32,
      equity: usd(BigInt(equity)),
      initialMargin: usd(BigInt(initialMargin)),
      maintenanceMargin: usd(BigInt(maintenanceMargin)),
      status: ACCOUNT_STATUSES[status] ?? "UNAVAILABLE",
    },
    proof: proved.proof as Bytes32[],
  }
}

it.each([
  [SOLANA, 1, FIRST],
  [CHAIN, 2, FIRST],
  [CHAIN, 2, LAST],
])(
  "proves on %s (%d) that %s is missing, and nothing of an address that is there",
  async (chain, wormholeChain, holder) => {
    const view = absenceSchema.strict().parse(await (await ask(chain, holder.toUpperCase().replace("0X", "0x"))).json())
    expect(view).toMatchObject({ epoch: "3", root: attestation.root, wormholeChain, holder })
    const proof = {
      before: rebuilt(view.before),
      after: rebuilt(view.after),
      header: attestation.header,
      headerProof: view.headerProof as Bytes32[],
    }
    expect(verifyAbsence(attestation.root, { wormholeChain, holder }, proof)).toBe(true)
    for (const leaf of attestation.leaves) expect(verifyAbsence(attestation.root, leaf, proof)).toBe(false)
  },
)

it("refuses an address that has a leaf, a chain or an epoch that is not there, and a holder of another length", async () => {
  const leaf = attestation.leaves.find(each => each.wormholeChain === 2)
  expect(await problemIn(await ask(CHAIN, leaf?.holder ?? ""))).toMatchObject({ status: 409, code: "LEAF_PRESENT" })
  expect(await problemIn(await ask(CHAIN, FIRST, 9))).toMatchObject({ status: 404, code: "NOT_PUBLISHED" })
  expect(await fieldsIn(await ask("eip155:404", FIRST))).toEqual([["/chain", "UNKNOWN_CHAIN"]])
  expect((await fieldsIn(await ask(CHAIN, "0x00"))).map(([at]) => at)).toEqual(["/holder"])
})
