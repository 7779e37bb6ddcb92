/**
 * The account under moves of price and volatility together: a table whose cells are coloured by what they say.
 */
import { useMemo } from "preact/hooks"
import { formatDecimal, toNumber } from "../../domain/decimal.js"
import type { AccountCase } from "../../insight/account-case.js"
import { PRICE_MOVES, type ShockGrid, shockGrid } from "../analysis/price-scan.js"
import { displayDecimal } from "../display-decimal.js"
import { NoFigure } from "./figure.js"

/** Colours on each side of none. */
const SHADES = 5

export function ShockHeatmap({ asked, symbol }: { asked: AccountCase; symbol: string }) {
  const grid = useMemo(() => shockGrid(asked, symbol), [asked, symbol])
  return (
    <table class="heatmap" data-heatmap={symbol}>
      <caption>
        Change of health, USD, as {symbol} and its volatilities move; a ring marks where the account could be liquidated
      </caption>
      <thead>
        <tr>
          <th scope="col">vol ╲ price</th>
          {PRICE_MOVES.map(move => (
            <th key={move} scope="col" class={columnOf(move)}>
              {signed(move)}&nbsp;%
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {grid.rows.map(({ shift, changes }) => (
          <tr key={shift}>
            <th scope="row">{signed(shift)}&nbsp;pts</th>
            {PRICE_MOVES.map((move, i) => (
              <Cell key={move} move={move} change={changes[i] ?? null} grid={grid} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Where there is no room for all columns the finer moves give way. */
const columnOf = (move: number) => (move % 20 === 0 ? undefined : move % 10 === 0 ? "is-fine" : "is-finest")

function Cell({ move, change, grid }: { move: number; change: bigint | null; grid: ShockGrid }) {
  if (change === null || grid.health === null)
    return (
      <td data-shade="none" class={columnOf(move)}>
        <NoFigure />
      </td>
    )
  const text = formatDecimal(change)
  const broken = grid.health + change < 0n
  return (
    <td class={columnOf(move)} data-shade={shadeOf(change, grid)} data-liquidatable={broken || undefined} title={text}>
      {displayDecimal(text, 0, "down")}
      {broken && <span class="hidden"> liquidatable</span>}
    </td>
  )
}

/** −5 … 5, by the share of the largest change in the grid. */
function shadeOf(change: bigint, { rows }: ShockGrid): number {
  const sizes = rows.flatMap(row => row.changes.map(each => (each === null ? 0 : Math.abs(toNumber(each)))))
  const largest = Math.max(...sizes)
  if (largest === 0 || change === 0n) return 0
  const steps = Math.ceil((Math.abs(toNumber(change)) / largest) * SHADES)
  return change < 0n ? -steps : steps
}

const signed = (value: number): string => (value > 0 ? `+${value}` : value < 0 ? `−${-value}` : "0")
