/**
 * The prices in use, or why one is not.
 */
import type { Overview } from "../../routes/overview-schemas.js"
import { NoFigure, PriceFigure } from "./figure.js"

export function PriceStrip({ prices }: Pick<Overview, "prices">) {
  return (
    <section class="strip" aria-labelledby="prices-heading">
      <h2 id="prices-heading">Prices</h2>
      <ul class="prices">
        {prices.map(({ symbol, price, reason }) => (
          <li key={symbol} class={price === null ? "price price-missing" : "price"} title={reason ?? undefined}>
            <span class="price-symbol">{symbol}</span>
            {price === null ? <NoFigure /> : <PriceFigure value={price} toward="down" />}
            {reason !== null && <span class="price-reason">{reason}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}
