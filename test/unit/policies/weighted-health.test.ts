import { describe, expect, it } from "vitest"
import { InvalidInputError } from "../../../aggregator/domain/errors.js"
import { POLICY_DOCUMENTS } from "../../../aggregator/policies/shipped.js"
import { loadWeightedHealth } from "../../../aggregator/policies/weighted-health.js"

const drift = POLICY_DOCUMENTS["weighted-health-drift"].methodology
const { USDC } = drift.assets

function issuesOf(document: unknown) {
  try {
    loadWeightedHealth(document)
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues.map(({ pointer, code }) => ({ pointer, code }))
    throw error
  }
  return []
}
const invalid = (pointer: string) => [{ pointer, code: "INVALID_VALUE" }]

describe("weighted-health documents", () => {
  it.each([
    [
      "an asset weight above 1",
      { assetWeight: { initial: "1", maintenance: "1.1" } },
      "/assets/USDC/assetWeight/maintenance",
    ],
    ["initial above maintenance", { assetWeight: { initial: "0.9", maintenance: "0.8" } }, "/assets/USDC/assetWeight"],
    [
      "a debt that counts less",
      { liabilityWeight: { initial: "1", maintenance: "0.9" } },
      "/assets/USDC/liabilityWeight/maintenance",
    ],
    ["a number", { sizePremium: 1 }, "/assets/USDC/sizePremium"],
    ["scaling from nothing on", { depositScaleStart: "0" }, "/assets/USDC/depositScaleStart"],
    [
      "a weight between two steps",
      { assetWeight: { initial: "0.99995", maintenance: "1" } },
      "/assets/USDC/assetWeight/initial",
    ],
  ])("refuse %s by its pointer", (_, change, pointer) => {
    const document = { ...drift, assets: { ...drift.assets, USDC: { ...USDC, ...change } } }
    expect(issuesOf(document)).toEqual(invalid(pointer))
  })

  it("refuse a perpetual that settles in an asset without weights", () => {
    const { USDC: _, ...assets } = drift.assets
    expect(issuesOf({ ...drift, assets })).toEqual(
      Object.keys(drift.perpetuals).flatMap(name => invalid(`/perpetuals/${name}/settlement`)),
    )
  })

  it("refuse an unknown field", () => {
    expect(issuesOf({ ...drift, liquidators: 3 })).toEqual([{ pointer: "/liquidators", code: "UNKNOWN_FIELD" }])
  })
})
