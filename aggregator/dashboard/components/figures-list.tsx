/**
 * All of an account's figures with what each is, in the order of the load line: the deepest mark first.
 */
import type { ComponentChildren } from "preact"
import type { Rounding } from "../../domain/fixed.js"
import type { Margin } from "../../routes/margin-schemas.js"
import { compareDecimals } from "../display-decimal.js"
import { Money, Percent, RatioFigure } from "./figure.js"

type Figures = NonNullable<Margin["figures"]>
type MoneyField = Exclude<keyof Figures, "healthFactor" | "marginRatio" | "standaloneMargin">

const MONEY: readonly { field: MoneyField; label: string; toward: Rounding }[] = [
  { field: "rawEquity", label: "Equity before haircuts", toward: "down" },
  { field: "equity", label: "Equity", toward: "down" },
  { field: "initialMargin", label: "Initial margin", toward: "up" },
  { field: "liquidationEndMargin", label: "Liquidation ends at", toward: "up" },
  { field: "maintenanceMargin", label: "Maintenance margin", toward: "up" },
  { field: "health", label: "Health (equity − maintenance)", toward: "down" },
  { field: "initialHealth", label: "Free to use (equity − initial)", toward: "down" },
]

export function FiguresList({ figures }: Pick<Margin, "figures">) {
  return (
    <div class="figures">
      <dl>
        {MONEY.map(({ field, label, toward }) => (
          <Entry key={field} label={label}>
            <Money value={figures?.[field]} toward={toward} />
          </Entry>
        ))}
        <Entry label="Health factor">
          <RatioFigure value={figures?.healthFactor} toward="down" />
        </Entry>
        <Entry label="Margin ratio">
          <Percent value={figures?.marginRatio} toward="up" />
        </Entry>
      </dl>
      {figures && <Saving figures={figures} />}
    </div>
  )
}

function Entry({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="entry">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Saving({ figures: { maintenanceMargin, standaloneMargin } }: { figures: Figures }) {
  if (compareDecimals(standaloneMargin, maintenanceMargin) <= 0) return null
  return (
    <p class="saving">
      Margined as one book it needs <Money value={maintenanceMargin} toward="up" /> instead of{" "}
      <Money value={standaloneMargin} toward="down" /> one by one.
    </p>
  )
}
