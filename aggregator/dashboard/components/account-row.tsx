/**
 * One account at a glance.
 */
import type { Margin } from "../../routes/margin-schemas.js"
import { compareDecimals } from "../display-decimal.js"
import type { HealthPoint } from "../health-history.js"
import { ROW_FRAME } from "../load-line-geometry.js"
import { accountHash, CLOSED } from "../route.js"
import { Money, NoFigure, Percent, RatioFigure } from "./figure.js"
import { LoadLineGauge } from "./load-line-gauge.js"
import { Reasons } from "./reasons.js"
import { Sparkline } from "./sparkline.js"
import { StatusBadge } from "./status-badge.js"

export const ACCOUNT_COLUMNS = [
  { label: "Account", figure: false },
  { label: "Load line", figure: false },
  { label: "Equity", figure: true },
  { label: "Initial margin", figure: true },
  { label: "Maintenance", figure: true },
  { label: "Health", figure: true },
  { label: "Factor", figure: true },
  { label: "Since opened", figure: false },
] as const

export const detailId = (account: string): string => `detail-${account}`

interface AccountRowProps {
  readonly margin: Margin
  readonly points: readonly HealthPoint[]
  readonly open: boolean
}

export function AccountRow({ margin, points, open }: AccountRowProps) {
  const { account, status, figures, reasons, chains } = margin
  return (
    <tr class="account-row" data-account={account} data-status={status}>
      <th scope="row" class="account-name">
        <a href={open ? CLOSED : accountHash(account)} aria-expanded={open} aria-controls={detailId(account)}>
          <Chevron />
          {account}
        </a>
        <StatusBadge status={status} />
        {!open && <Reasons reasons={reasons} chains={chains} />}
      </th>
      <td class="account-gauge">
        <LoadLineGauge account={margin} frame={ROW_FRAME} />
        <span class="gauge-value">{figures && <Percent value={figures.marginRatio} toward="up" />}</span>
      </td>
      <td class="is-figure" data-label="Equity">
        <Money value={figures?.equity} toward="down" />
      </td>
      <td class="is-figure" data-label="Initial margin">
        <Money value={figures?.initialMargin} toward="up" />
      </td>
      <td class="is-figure" data-label="Maintenance">
        <Money value={figures?.maintenanceMargin} toward="up" />
        {figures && <OneByOne figures={figures} />}
      </td>
      <td class="is-figure account-health" data-label="Health">
        <Money value={figures?.health} toward="down" />
      </td>
      <td class="is-figure" data-label="Factor">
        <RatioFigure value={figures?.healthFactor} toward="down" />
      </td>
      <td class="account-trend">{figures === null ? <NoFigure /> : <Sparkline account={account} points={points} />}</td>
    </tr>
  )
}

/** What the same positions would need without offsets, when that is more. */
function OneByOne({ figures }: { figures: NonNullable<Margin["figures"]> }) {
  if (compareDecimals(figures.standaloneMargin, figures.maintenanceMargin) <= 0) return null
  return (
    <span class="one-by-one">
      <Money value={figures.standaloneMargin} toward="down" /> one by one
    </span>
  )
}

function Chevron() {
  return (
    <svg class="chevron" viewBox="0 0 8 12" aria-hidden="true">
      <path d="M1.5 1.5L6 6l-4.5 4.5" />
    </svg>
  )
}
