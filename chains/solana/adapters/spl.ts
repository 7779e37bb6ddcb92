/**
 * What an address holds itself: SOL and the tokens that the chain's configuration lists, of Token and Token-2022.
 * What cannot be read is an unknown asset and counts nothing; it never hides the others.
 */
import { z } from "zod"
import { addressOn } from "../../../aggregator/domain/caip.js"
import { InvalidInputError } from "../../../aggregator/domain/errors.js"
import { defineSolanaAdapter, type SolanaAsset, type SolanaRead } from "../adapter.js"
import { CLOCK_KEY } from "../clock.js"
import { SPL } from "./holding.js"
import { readMint } from "./mint.js"
import { solHolding } from "./sol.js"
import { tokenHolding } from "./tokens.js"

const SOL_DECIMALS = 9

export const spl = defineSolanaAdapter({
  name: SPL,
  assetsOnly: true,
  settings: z.strictObject({}),
  create(_, { chain, assets }) {
    checkSol(assets)
    const sol = assets.find(isSol)
    const tokens = assets.filter(asset => !isSol(asset))
    return {
      venue: SPL,
      countsTokens: true,
      *read(holders) {
        // A mint's fee depends on the epoch, so each mint is read in one state with the clock.
        const first = yield [
          ...tokens.map(({ mint }) => accounts(CLOCK_KEY, mint)),
          ...(sol ? holders.map(holder => accounts(holder)) : []),
        ]
        const mints = tokens.map((asset, index) => readMint(asset, first[index]))
        const wallets = first.slice(tokens.length)

        const programs = [...new Set(mints.flatMap(mint => mint.program ?? []))]
        const second = yield holders.flatMap(owner =>
          programs.map((program): SolanaRead => ({ kind: "tokenAccounts", owner, program })),
        )

        const addresses = holders.map((holder, row) => {
          const answers = second.slice(row * programs.length, (row + 1) * programs.length)
          const parts = [
            ...(sol ? [solHolding(chain, sol, wallets[row])] : []),
            ...programs.map((program, column) => tokenHolding({ chain, mints, holder, program }, answers[column])),
          ]
          const [legs, faults] = [parts.flatMap(part => part.legs), parts.flatMap(part => part.faults)]
          return { address: addressOn(chain, holder), legs, faults, native: [] }
        })
        const faults = mints.flatMap(mint => (mint.status === "unusable" ? mint.fault : []))
        return { addresses, prices: [], quotes: [], faults }
      },
    }
  },
})

const isSol = ({ mint }: SolanaAsset): boolean => mint === "native"

const accounts = (...keys: string[]): SolanaRead => ({ kind: "accounts", keys })

function checkSol(assets: readonly SolanaAsset[]): void {
  const wrong = assets.findIndex(asset => isSol(asset) && asset.decimals !== SOL_DECIMALS)
  if (wrong < 0) return
  const detail = `SOL has ${SOL_DECIMALS} decimals`
  throw new InvalidInputError([{ pointer: `/assets/${wrong}/decimals`, code: "INVALID_VALUE", detail }])
}
