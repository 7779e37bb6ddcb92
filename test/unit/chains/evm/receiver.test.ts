import { readFileSync } from "node:fs"
import { type AbiItem, toEventSelector, toFunctionSelector, toFunctionSignature } from "viem"
import { describe, expect, it } from "vitest"
import { artifactFile, buildArtifact, CONTRACTS } from "../../../../chains/evm/contracts/build.js"
import { receiverAbi } from "../../../../chains/evm/receiver-abi.js"

const committed = readFileSync(artifactFile("MarginHealthReceiver"), "utf8")

/** What a caller depends on: kind, selector and the types that come back. */
function shape(item: AbiItem): string {
  if (item.type === "event") return `event ${toEventSelector(item)} ${item.inputs.map(input => input.indexed === true)}`
  if (item.type === "error")
    return `error ${toFunctionSignature({ ...item, type: "function", outputs: [], stateMutability: "view" })}`
  if (item.type === "function") {
    const outputs = { ...item, name: "outputs", inputs: item.outputs }
    return `function ${toFunctionSelector(item)} ${item.stateMutability} ${toFunctionSignature(outputs)}`
  }
  return `${item.type} ${"inputs" in item ? item.inputs.map(input => input.type) : ""}`
}

describe("receiver artifact", () => {
  it.each(CONTRACTS)(
    "%s is what the compiler makes of the source, byte for byte",
    contract => {
      expect(buildArtifact(contract)).toBe(readFileSync(artifactFile(contract), "utf8"))
    },
    180_000,
  )

  it("has the interface that TypeScript uses", () => {
    const { abi }: { abi: AbiItem[] } = JSON.parse(committed)
    expect(receiverAbi.map(shape).sort()).toEqual(abi.map(shape).sort())
  })

  it("holds no path of the machine that built it", () => {
    expect(committed).not.toMatch(/node_modules|\/home|\/work|file:/)
  })
})
