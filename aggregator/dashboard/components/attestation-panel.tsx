/**
 * The last attestation: what was signed, and where it arrived.
 */
import { lazy, Suspense } from "preact/compat"
import type { AttestationView } from "../../routes/attestation-schemas.js"
import type { Overview } from "../../routes/overview-schemas.js"
import { groupDigits } from "../display-decimal.js"
import { clockTime } from "../display-time.js"
import { type Column, DataTable } from "./data-table.js"
import { NoFigure } from "./figure.js"
import { Shortened } from "./shortened.js"

const Verification = lazy(() => import("./verification.js").then(module => module.Verification))

type Delivery = AttestationView["deliveries"][number]

const HASHES = [
  { field: "root", label: "Root" },
  { field: "snapshotHash", label: "Snapshot" },
  { field: "policyHash", label: "Policy" },
  { field: "wasmHash", label: "Wasm" },
] as const

export function AttestationPanel({ attestation }: Pick<Overview, "attestation">) {
  return (
    <section class="attestation" aria-labelledby="attestation-heading">
      <div class="section-head">
        <h2 id="attestation-heading">Last attestation</h2>
        <p class="section-note">One Merkle root over every account, published through Wormhole.</p>
      </div>
      {attestation === null ? (
        <p class="empty">Nothing has been attested yet.</p>
      ) : (
        <div class="attestation-body">
          <div>
            <Commitments attestation={attestation} />
            <Suspense fallback={null}>
              <Verification attestation={attestation} />
            </Suspense>
          </div>
          <DataTable
            caption="Deliveries"
            rows={attestation.deliveries}
            rowKey={each => each.chain}
            columns={DELIVERIES}
          />
        </div>
      )}
    </section>
  )
}

function Commitments({ attestation }: { attestation: AttestationView }) {
  const { epoch, timestamp, validity, inputGrade, leafCount, publication } = attestation
  return (
    <div class="commitments">
      <p class="epoch">
        Epoch <strong>{epoch}</strong>
      </p>
      <p class="freshness">
        <span>
          {clockTime(timestamp)}, valid {validity} s
        </span>
        <span>{leafCount === 1 ? "1 leaf" : `${leafCount} leaves`}</span>
        <span>input grade {inputGrade}</span>
      </p>
      <dl class="hashes">
        {HASHES.map(({ field, label }) => (
          <div key={field} class="entry">
            <dt>{label}</dt>
            <dd>
              <Shortened value={attestation[field]} name={`${label.toLowerCase()} hash`} />
            </dd>
          </div>
        ))}
        <div class="entry">
          <dt>Published</dt>
          <dd>{publication === null ? "not yet" : <Publication {...publication} />}</dd>
        </div>
      </dl>
    </div>
  )
}

function Publication({ chain, transaction, sequence }: NonNullable<AttestationView["publication"]>) {
  return (
    <>
      <span title={chain}>sequence {sequence}</span> <Shortened value={transaction} name="publishing transaction" />
    </>
  )
}

const DELIVERIES: readonly Column<Delivery>[] = [
  { label: "Chain", cell: each => <span title={each.chain}>{each.name}</span> },
  {
    label: "Status",
    cell: ({ status, reason }) => (
      <>
        <span class="delivery" data-delivery={status}>
          {status}
        </span>
        {reason !== null && <span class="reason-text">{reason}</span>}
      </>
    ),
  },
  {
    label: "Transaction",
    cell: ({ transaction, name }) =>
      transaction === null ? <NoFigure /> : <Shortened value={transaction} name={`transaction on ${name}`} />,
  },
  {
    label: "Gas",
    figure: true,
    cell: ({ gasUsed }) => (gasUsed === null ? <NoFigure /> : <span class="figure">{groupDigits(gasUsed)}</span>),
  },
]
