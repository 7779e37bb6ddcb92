/**
 * What an account holds and owes, chain by chain, each with how fresh that chain's state is.
 */

import type { Margin } from "../../routes/margin-schemas.js"
import type { ChainStateView } from "../../routes/schemas.js"
import { ChainFreshness, ChainLight } from "./chain-strip.js"
import { type Column, DataTable } from "./data-table.js"
import { Amount, Money, PriceFigure } from "./figure.js"
import { HaircutWaterfall } from "./haircut-waterfall.js"

type Components = Margin["components"]
type Collateral = Components["collateral"][number]
type Debt = Components["debts"][number]
type Position = Components["positions"][number]

interface HoldingsProps {
  readonly addresses: readonly string[]
  readonly components: Components
  readonly chains: readonly ChainStateView[]
}

export function Holdings({ addresses, components, chains }: HoldingsProps) {
  return (
    <>
      {chains
        .filter(({ chain }) => addresses.some(address => address.startsWith(`${chain}:`)))
        .map(state => (
          <ChainHoldings
            key={state.chain}
            state={state}
            collateral={components.collateral.filter(each => each.chain === state.chain)}
            debts={components.debts.filter(each => each.chain === state.chain)}
            positions={components.positions.filter(each => each.chain === state.chain)}
          />
        ))}
    </>
  )
}

interface ChainHoldingsProps extends Pick<Components, "collateral" | "debts" | "positions"> {
  readonly state: ChainStateView
}

function ChainHoldings({ state, collateral, debts, positions }: ChainHoldingsProps) {
  const empty = collateral.length + debts.length + positions.length === 0
  return (
    <section class="detail-section" data-holdings={state.chain}>
      <div class="chain-head">
        <h3>
          <ChainLight status={state.status} />
          {state.name}
        </h3>
        <ChainFreshness state={state} />
      </div>
      {empty && (
        <p class="empty">{state.status === "ok" ? "Nothing held here." : "Not known: the chain was not read."}</p>
      )}
      {collateral.length > 0 && (
        <DataTable caption="Collateral" rows={collateral} rowKey={placeOf} columns={COLLATERAL} />
      )}
      {debts.length > 0 && <DataTable caption="Debts" rows={debts} rowKey={placeOf} columns={DEBTS} />}
      {positions.length > 0 && (
        <DataTable
          caption="Positions"
          rows={positions}
          rowKey={each => `${each.venue} ${each.instrument}`}
          columns={POSITIONS}
        />
      )}
    </section>
  )
}

const placeOf = ({ venue, asset }: Collateral | Debt): string => `${venue} ${asset}`

function Asset({ symbol, asset, venue }: Pick<Collateral, "symbol" | "asset" | "venue">) {
  return (
    <>
      <span title={asset}>{symbol}</span> <span class="venue">{venue}</span>
    </>
  )
}

const COLLATERAL: readonly Column<Collateral>[] = [
  { label: "Asset", cell: each => <Asset {...each} /> },
  { label: "Amount", figure: true, cell: each => <Amount value={each.amount} toward="down" /> },
  { label: "Price", figure: true, cell: each => <PriceFigure value={each.price} toward="down" /> },
  { label: "Market value", figure: true, cell: each => <Money value={each.marketValue} toward="down" /> },
  { label: "Haircuts", cell: each => <HaircutWaterfall haircuts={each.haircuts} of={each.marketValue} sign="−" /> },
  { label: "Counts as", figure: true, cell: each => <Money value={each.collateralValue} toward="down" /> },
]

const DEBTS: readonly Column<Debt>[] = [
  { label: "Asset", cell: each => <Asset {...each} /> },
  { label: "Amount", figure: true, cell: each => <Amount value={each.amount} toward="up" /> },
  { label: "Price", figure: true, cell: each => <PriceFigure value={each.price} toward="up" /> },
  { label: "Market value", figure: true, cell: each => <Money value={each.marketValue} toward="up" /> },
  {
    label: "Surcharges",
    cell: each => <HaircutWaterfall haircuts={each.haircuts} of={each.liabilityValue} sign="+" />,
  },
  { label: "Counts as", figure: true, cell: each => <Money value={each.liabilityValue} toward="up" /> },
]

const POSITIONS: readonly Column<Position>[] = [
  {
    label: "Instrument",
    cell: each => (
      <>
        {each.instrument} <span class="venue">{each.state === "expired" ? `${each.venue} · expired` : each.venue}</span>
      </>
    ),
  },
  { label: "Quantity", figure: true, cell: each => <Amount value={each.quantity} toward="down" /> },
  { label: "Mark", figure: true, cell: each => <PriceFigure value={each.mark} toward="down" /> },
  { label: "Market value", figure: true, cell: each => <Money value={each.markToMarket} toward="down" /> },
  { label: "Loss in worst case", figure: true, cell: each => <Money value={each.worstScenarioLoss} toward="up" /> },
  { label: "Margin alone", figure: true, cell: each => <Money value={each.standaloneMargin} toward="up" /> },
]
