import { expect, test } from "vitest"
import { address, addressOn, chainId } from "../../../../aggregator/domain/caip.js"
import { holderIn } from "../../../../chains/evm/holder.js"
import { requestsOn } from "../../../../chains/reading/requested.js"
import { holderIn as solanaHolderIn } from "../../../../chains/solana/holder.js"

const CHAIN = chainId("eip155:1")
const HOLDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
const ADDRESS = address(`eip155:1:${HOLDER}`)

test("lower case is read as the checksummed holder and answered under its own name", () => {
  const lower = address(ADDRESS.toLowerCase())
  const { holders, requested } = requestsOn(CHAIN, [lower], holderIn)
  expect(holders).toEqual([HOLDER])
  expect(requested).toEqual([{ address: lower, canonical: ADDRESS, faults: [] }])
})

test("the same address twice is one address", () => {
  const { holders, requested } = requestsOn(CHAIN, [ADDRESS, ADDRESS], holderIn)
  expect(holders).toHaveLength(1)
  expect(requested).toHaveLength(1)
})

test.each([
  ["the same holder in other letters", address(ADDRESS.toLowerCase())],
  ["another chain's address", address(`eip155:10:${HOLDER}`)],
  ["no address", address("eip155:1:0x1234")],
])("%s is never read: it fails closed", (_, odd) => {
  const { holders, requested } = requestsOn(CHAIN, [ADDRESS, odd], holderIn)
  expect(holders).toEqual([HOLDER])
  expect(requested[1]).toMatchObject({ address: odd, canonical: undefined, faults: [{ unknown: "liability" }] })
})

test("a short spelling of a Solana key is no address", () => {
  const solana = chainId("solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp")
  const zeros = "1".repeat(32)
  const [short, whole] = [addressOn(solana, "1111"), addressOn(solana, zeros)]
  const { holders, requested } = requestsOn(solana, [short, whole], solanaHolderIn)
  expect(holders).toEqual([zeros])
  expect(requested).toMatchObject([
    { address: short, canonical: undefined, faults: [{ unknown: "liability" }] },
    { address: whole, canonical: whole, faults: [] },
  ])
})
