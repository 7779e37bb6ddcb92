/**
 * What `plimsoll scaffold adapter` writes: a whole adapter for a venue with one balance and one debt a holder, and its test.
 * It runs as it is, so that a contributor replaces what differs and keeps what every adapter has to do.
 */

export interface TemplateNames {
  /** As in configurations and legs, e.g. `my-venue`. */
  readonly venue: string
  /** Of the export, e.g. `myVenue`. */
  readonly identifier: string
}

/** Path of a file of the repository as the generated file imports it, e.g. `../../../aggregator/domain/caip.js`. */
export type ImportPath = (repositoryFile: string) => string

export const adapterSource = ({ venue, identifier }: TemplateNames, from: ImportPath): string => `/**
 * ${venue}: what a holder keeps there as collateral, and what the holder owes.
 * A debt that cannot be read blocks the account; a balance that cannot be read counts nothing.
 */
import { type Address as Holder, parseAbi } from "viem"
import { z } from "zod"
import { addressOn } from "${from("aggregator/domain/caip.js")}"
import { InvalidInputError } from "${from("aggregator/domain/errors.js")}"
import { quantityFromRaw } from "${from("aggregator/domain/fixed.js")}"
import type { Leg } from "${from("aggregator/domain/leg.js")}"
import type { AddressReading, LegFault } from "${from("aggregator/domain/reading.js")}"
import { defineEvmAdapter, type EvmAsset, type EvmChainFacts } from "${from("chains/evm/adapter.js")}"
import { evmAddress } from "${from("chains/evm/address.js")}"
import { assetIdOf } from "${from("chains/evm/asset-id.js")}"
import { type Answer, checked, type Fault, ReadRound } from "${from("chains/evm/read-round.js")}"
import { tokenAmount } from "${from("chains/evm/token-amount.js")}"
import { viewsOf } from "${from("chains/evm/views.js")}"

const VENUE = "${venue}"

/** The view functions of the venue's contract, as its sources declare them. */
const ask = viewsOf(
  parseAbi([
    "function balanceOf(address owner) view returns (uint256)",
    "function debtOf(address owner) view returns (uint256)",
  ]),
)

export const ${identifier} = defineEvmAdapter({
  name: VENUE,
  settings: z.strictObject({
    contract: evmAddress,
    /** The token that is kept and owed there; has to be among the chain's assets. */
    asset: evmAddress,
  }),
  counts: ({ contract }) => [contract],
  create: ({ contract, asset: token }, facts) => {
    const asset = listedAsset(facts, token)
    return {
      venue: VENUE,
      *read(holders) {
        const round = new ReadRound()
        const asked = holders.map(holder => ({
          holder,
          balance: round.add(checked(ask("balanceOf", contract, holder), tokenAmount)),
          debt: round.add(checked(ask("debtOf", contract, holder), tokenAmount)),
        }))
        yield* round.ask()
        // A read that depends on these answers goes into a second round: it runs at the same block.
        return { addresses: asked.flatMap(each => readingOf(facts, asset, each)), prices: [], quotes: [], faults: [] }
      },
    }
  },
})

/** @throws InvalidInputError when the chain does not list the token. */
function listedAsset({ assets, chain }: EvmChainFacts, token: Holder): EvmAsset {
  const asset = assets.find(({ address }) => address === token)
  if (asset) return asset
  const detail = \`\${token} is not among the assets of \${chain}\`
  throw new InvalidInputError([{ pointer: "/asset", code: "UNKNOWN_ASSET", detail }])
}

interface Asked {
  readonly holder: Holder
  readonly balance: Answer<bigint>
  readonly debt: Answer<bigint>
}

/** Assets rounded down, debts up; a holder with nothing is left out. */
function readingOf({ chain }: EvmChainFacts, asset: EvmAsset, { holder, ...asked }: Asked): AddressReading[] {
  const [balance, debt] = [asked.balance(), asked.debt()]
  const { symbol, decimals } = asset
  const leg = { chain, venue: VENUE, asset: assetIdOf(chain, asset), symbol }
  const legs: Leg[] = []
  const faults: LegFault[] = []
  if (balance.status === "fault") faults.push(legFault(balance, "asset"))
  else if (balance.value > 0n) {
    legs.push({ kind: "collateral", ...leg, amount: quantityFromRaw(balance.value, decimals, "down") })
  }
  if (debt.status === "fault") faults.push(legFault(debt, "liability"))
  else if (debt.value > 0n) legs.push({ kind: "debt", ...leg, amount: quantityFromRaw(debt.value, decimals, "up") })
  if (legs.length + faults.length === 0) return []
  return [{ address: addressOn(chain, holder), legs, faults, native: [] }]
}

const legFault = ({ code, detail }: Fault, unknown: LegFault["unknown"]): LegFault => ({
  code,
  venue: VENUE,
  unknown,
  detail,
})
`

export const testSource = ({ venue, identifier }: TemplateNames, from: ImportPath): string => `/**
 * ${venue}: its own numbers worked out by hand, and what every adapter has to hold.
 */
import { type Hex, numberToHex, toFunctionSelector } from "viem"
import { expect, test } from "vitest"
import { InvalidInputError } from "${from("aggregator/domain/errors.js")}"
import type { EvmCallResult } from "${from("chains/evm/adapter.js")}"
import { ${identifier} } from "${from(`chains/evm/adapters/${venue}.js`)}"
import { drive, FACTS } from "${from("test/support/drive-evm-adapter.js")}"
import { testEvmAdapter } from "${from("test/support/evm-adapter-conformance.js")}"

testEvmAdapter(${identifier})

const at = (digit: string) => \`0x\${digit.repeat(40)}\` as const
const [CONTRACT, TOKEN, ALICE] = [at("1"), at("2"), at("3")]
const adapter = ${identifier}.create(
  { contract: CONTRACT, asset: TOKEN },
  { ...FACTS, assets: [{ address: TOKEN, symbol: "USDC", decimals: 6 }] },
)

/** Alice's reading when each function answers so many units, or fails. */
function readingOf(answers: Readonly<Record<string, bigint | EvmCallResult>>) {
  const bySelector = new Map<string, EvmCallResult>(
    Object.entries(answers).map(([signature, answer]) => [toFunctionSelector(signature), resultOf(answer)]),
  )
  const { addresses } = drive(adapter, [ALICE], ({ data }) => bySelector.get(selectorOf(data)) ?? { status: "empty" })
  return addresses
}
const selectorOf = (data: Hex) => data.slice(0, 10)
const resultOf = (answer: bigint | EvmCallResult): EvmCallResult =>
  typeof answer === "bigint" ? { status: "ok", data: numberToHex(answer, { size: 32 }) } : answer

const BALANCE = "balanceOf(address)"
const DEBT = "debtOf(address)"

test("a balance is collateral, a debt is owed, both at the token's decimals", () => {
  expect(readingOf({ [BALANCE]: 2_500_000n, [DEBT]: 1n })).toMatchObject([
    {
      legs: [
        { kind: "collateral", symbol: "USDC", amount: 2_500_000_000_000_000_000n },
        { kind: "debt", symbol: "USDC", amount: 1_000_000_000_000n },
      ],
      faults: [],
    },
  ])
})

test("who has nothing is left out", () => {
  expect(readingOf({ [BALANCE]: 0n, [DEBT]: 0n })).toEqual([])
})

test("a debt that cannot be read is an unknown liability, and the balance beside it still shows", () => {
  expect(readingOf({ [BALANCE]: 5n, [DEBT]: { status: "reverted", data: "0x" } })).toMatchObject([
    { legs: [{ kind: "collateral" }], faults: [{ code: "CALL_REVERTED", unknown: "liability" }] },
  ])
})

test("a token that the chain does not list is refused at start", () => {
  expect(() => ${identifier}.create({ contract: CONTRACT, asset: TOKEN }, FACTS)).toThrow(InvalidInputError)
})
`
