/**
 * What if: sliders over prices, volatility, time and chains; every figure computed here, by the kernel that was attested.
 */
import { useMemo } from "preact/hooks"
import { type AccountCase, healthOf } from "../../insight/account-case.js"
import { whatIf } from "../../insight/what-if.js"
import {
  changeOf,
  LIMITS,
  NOTHING_SUPPOSED,
  type Supposition,
  supposesNothing,
  symbolsOf,
} from "../analysis/supposition.js"
import { BeforeAfter } from "./before-after.js"
import { CopyButton } from "./copy-button.js"
import { Slider } from "./slider.js"

interface WhatIfProps {
  readonly asked: AccountCase
  readonly supposed: Supposition
  suppose(next: Supposition): void
  chainName(chain: string): string
}

export function WhatIfPanel({ asked, supposed, suppose, chainName }: WhatIfProps) {
  const before = useMemo(() => healthOf(asked), [asked])
  const after = healthOf(whatIf(asked, changeOf(supposed, asked)))
  const { price, volatility, days } = LIMITS
  return (
    <div class="what-if">
      <fieldset class="sliders">
        <legend>Suppose</legend>
        {symbolsOf(asked).map(symbol => {
          const move = supposed.prices.get(symbol) ?? 0
          return (
            <Slider
              key={symbol}
              label={`${symbol} price`}
              value={move}
              from={price.from}
              to={price.to}
              step={5}
              words={`${signed(move / 10)} %`}
              onChange={value => suppose({ ...supposed, prices: new Map(supposed.prices).set(symbol, value) })}
            />
          )
        })}
        <Slider
          label="Volatility"
          value={supposed.volatility}
          from={volatility.from}
          to={volatility.to}
          step={1}
          words={`${signed(supposed.volatility)} points`}
          onChange={value => suppose({ ...supposed, volatility: value })}
        />
        <Slider
          label="Time"
          value={supposed.days}
          from={days.from}
          to={days.to}
          step={1}
          words={supposed.days === 1 ? "1 day on" : `${supposed.days} days on`}
          onChange={value => suppose({ ...supposed, days: value })}
        />
        <div class="unreachable">
          {chainsOf(asked).map(chain => (
            <label key={chain}>
              <input
                type="checkbox"
                checked={supposed.unreachable.has(chain)}
                onChange={event => suppose(without(supposed, chain, event.currentTarget.checked))}
              />{" "}
              {chainName(chain)} unreachable
            </label>
          ))}
        </div>
        <p class="what-if-actions">
          <button
            type="button"
            class="button"
            disabled={supposesNothing(supposed)}
            onClick={() => suppose(NOTHING_SUPPOSED)}
          >
            Suppose nothing
          </button>
          <span>
            Share <CopyButton value={location.href} name="address of this supposition" />
          </span>
        </p>
      </fieldset>
      <BeforeAfter before={before} after={after} />
    </div>
  )
}

const chainsOf = ({ account }: AccountCase): string[] =>
  [
    ...new Set([...account.legs.map(leg => leg.chain), ...account.unread.map(each => chainOfAddress(each.address))]),
  ].sort()

const chainOfAddress = (address: string): string => address.slice(0, address.lastIndexOf(":"))

function without(supposed: Supposition, chain: string, unreachable: boolean): Supposition {
  const chains = new Set(supposed.unreachable)
  if (unreachable) chains.add(chain)
  else chains.delete(chain)
  return { ...supposed, unreachable: chains }
}

const signed = (value: number): string => (value > 0 ? `+${value}` : value < 0 ? `−${-value}` : "0")
