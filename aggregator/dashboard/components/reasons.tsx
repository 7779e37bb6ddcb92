/**
 * Why an account is not normal, or what was left out though it is.
 */
import type { Margin } from "../../routes/margin-schemas.js"
import { chainName } from "../chain-name.js"

export function Reasons({ reasons, chains }: Pick<Margin, "reasons" | "chains">) {
  if (reasons.length === 0) return null
  return (
    <ul class="reasons">
      {reasons.map(({ code, chain, detail }) => (
        <li key={`${code} ${chain} ${detail}`}>
          <code>{code}</code>
          {chain !== null && (
            <span class="reason-chain" title={chain}>
              {chainName(chain, chains)}
            </span>
          )}
          <span class="reason-text">{detail}</span>
        </li>
      ))}
    </ul>
  )
}
