import { expect, test } from "vitest"
import { address, chainId } from "../../../../aggregator/domain/caip.js"
import { requestsOn } from "../../../../chains/evm/requested.js"

const CHAIN = chainId("eip155:1")
const HOLDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
const ADDRESS = address(`eip155:1:${HOLDER}`)

test("lower case is read as the checksummed holder and answered under its own name", () => {
  const lower = address(ADDRESS.toLowerCase())
  const { holders, requested } = requestsOn(CHAIN, [lower])
  expect(holders).toEqual([HOLDER])
  expect(requested).toEqual([{ address: lower, canonical: ADDRESS, faults: [] }])
})

test("the same address twice is one address", () => {
  const { holders, requested } = requestsOn(CHAIN, [ADDRESS, ADDRESS])
  expect(holders).toHaveLength(1)
  expect(requested).toHaveLength(1)
})

test.each([
  ["the same holder in other letters", address(ADDRESS.toLowerCase())],
  ["another chain's address", address(`eip155:10:${HOLDER}`)],
  ["no address", address("eip155:1:0x1234")],
])("%s is never read: it fails closed", (_, odd) => {
  const { holders, requested } = requestsOn(CHAIN, [ADDRESS, odd])
  expect(holders).toEqual([HOLDER])
  expect(requested[1]).toMatchObject({ address: odd, canonical: undefined, faults: [{ unknown: "liability" }] })
})
