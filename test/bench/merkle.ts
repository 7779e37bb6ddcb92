/**
 * The tree of an epoch at scale, side by side in one run: building it, and the next epoch's with some leaves changed.
 */
import type { AccountLeaf } from "../../aggregator/domain/attestation.js"
import { usd } from "../../aggregator/domain/fixed.js"
import { attestationTree } from "../../aggregator/domain/merkle.js"
import { headerOf, leaves } from "../support/attestation.js"
import { shippedKernel } from "../support/kernel.js"

const LEAVES = Number(process.env.LEAVES ?? 1_000_000)
const CHANGED = 1_000
const RUNS = 21

const seconds = (work: () => unknown): number => {
  const begin = process.cpuUsage().user
  work()
  return (process.cpuUsage().user - begin) / 1e6
}

const header = headerOf(LEAVES)
const before = leaves(LEAVES)
const kernel = await shippedKernel()
let tree = attestationTree(header, [...before], kernel)
const build = seconds(() => {
  tree = attestationTree(header, before, kernel)
})
const changed: readonly AccountLeaf[] = Array.from({ length: CHANGED }, (_, i) => {
  const leaf = before[(i * 7_919) % LEAVES]
  if (!leaf) throw new Error("no leaf")
  return { ...leaf, equity: usd(leaf.equity + 1n) }
})
const updates = Array.from({ length: RUNS }, () => seconds(() => tree.with(header, changed))).sort((a, b) => a - b)
const update = updates[RUNS >> 1] ?? Number.NaN
console.log(`${LEAVES} leaves: root built in ${build.toFixed(2)} s, leaves hashed from their fields`)
console.log(`${CHANGED} leaves changed: ${(update * 1_000).toFixed(1)} ms, ${(build / update).toFixed(0)} times faster`)
