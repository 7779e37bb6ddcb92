/**
 * Same bytes in, same bits out, on every engine and through either width of lane.
 * A change of the pinned digest is a change of results: it belongs into a commit that says so.
 */
import { expect, it } from "vitest"
import { digestOfKernel } from "../support/reference-digest.js"

const PINNED = "b94437cd735c7ed644ede36e08f05490b4545e6fcd7a66bb7069871d30115bce"

it.each(["simd", "scalar"] as const)("the %s kernel computes the pinned bits", async lanes => {
  expect(await digestOfKernel(lanes)).toBe(PINNED)
})
