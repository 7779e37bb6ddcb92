/**
 * The parameter tables of the weighted-health documents as the methodology page shows them.
 */
import { POLICY_DOCUMENTS } from "../../aggregator/policies/shipped.js"

interface Pair {
  readonly initial: string
  readonly maintenance: string
}

const pair = ({ initial, maintenance }: Pair) => `${initial} / ${maintenance}`
const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n")

/** One section a document; every weight is "initial / maintenance". */
export const weightTables = (): string =>
  (["weighted-health-drift", "weighted-health-mango", "weighted-health-marginfi"] as const)
    .map(name => ({ name, ...POLICY_DOCUMENTS[name].methodology }))
    .map(({ name, assets, perpetuals, perpetualSettlement, orderFee, steps }) => {
      const stepped = steps ? `root ${steps.root}, premium ${steps.premium}, weight ${steps.weight}` : "none"
      const rules = `Perpetuals ${perpetualSettlement}; order fee ${orderFee} USD; steps: ${stepped}.`
      const weights = table(
        ["asset", "asset weight", "liability weight", "size premium", "deposit scale start", "borrow scale start"],
        Object.entries(assets).map(([symbol, asset]) => [
          symbol,
          pair(asset.assetWeight),
          pair(asset.liabilityWeight),
          asset.sizePremium,
          asset.depositScaleStart ?? "–",
          asset.borrowScaleStart ?? "–",
        ]),
      )
      const margins = Object.entries(perpetuals).map(([market, perpetual]) => [
        market,
        perpetual.settlement,
        pair(perpetual.longMargin),
        pair(perpetual.shortMargin),
        perpetual.sizePremium,
        pair(perpetual.gainWeight),
        pair(perpetual.gainSizePremium),
      ])
      const head = [
        "perpetual",
        "settles in",
        "long margin",
        "short margin",
        "size premium",
        "gain weight",
        "gain premium",
      ]
      return [`### ${name}`, rules, weights, ...(margins.length > 0 ? [table(head, margins)] : [])].join("\n\n")
    })
    .join("\n\n")
