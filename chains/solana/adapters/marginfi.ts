/**
 * marginfi: what holders lent and owe in one group of banks. First their accounts are searched for, then each is read
 * in one state with its banks, its group and the clock, because its debts mean nothing at another moment's share values.
 */
import { z } from "zod"
import { addressOn } from "../../../aggregator/domain/caip.js"
import type { NativeFigure } from "../../../aggregator/domain/leg.js"
import type { AddressReading } from "../../../aggregator/domain/reading.js"
import type { AdapterReading, ReadSteps } from "../../adapter.js"
import type { Decoded, Fault } from "../../decoded.js"
import { defineSolanaAdapter, type SolanaRead, type SolanaReadResult } from "../adapter.js"
import { CLOCK_KEY, decodeClock } from "../clock.js"
import { decodedAccount, refusal } from "../decoded.js"
import { solanaKey } from "../key.js"
import { LayoutError } from "../layout.js"
import { type AccountLegs, type AccruedBank, type Listings, legsOf, marginfiFault, VENUE } from "./marginfi-account.js"
import { healthFigures } from "./marginfi-health.js"
import { accrued } from "./marginfi-interest.js"
import {
  ACCOUNT_LENGTH,
  AUTHORITY_OFFSET,
  decodeAccount,
  decodeBank,
  decodeProgramFees,
  GROUP_OFFSET,
  type MarginfiAccount,
} from "./marginfi-layout.js"
import { readMint } from "./mint.js"

const MAINNET_PROGRAM = "MFv2hWf31Z9kbCa1snEPYctwafyhdvnV7FZnsebVacA"
const MAINNET_GROUP = "4qp6Fx6tnZkY5Wropq9wUYgtFxXKwE6viZxFHg3rdAG8"
const CLOCK_OWNER = "Sysvar1111111111111111111111111111111111111"

const settings = z.strictObject({
  program: solanaKey.default(MAINNET_PROGRAM),
  group: solanaKey.default(MAINNET_GROUP),
})

type Settings = z.output<typeof settings>
type Steps = ReadSteps<SolanaRead, SolanaReadResult>

export const marginfi = defineSolanaAdapter({
  name: VENUE,
  settings,
  create: (settings, facts) => ({ venue: VENUE, read: holders => readGroup(settings, facts, holders) }),
})

function* readGroup(settings: Settings, facts: Listings["facts"], holders: readonly string[]): Steps {
  if (holders.length === 0) return reading([])
  const tokens = facts.assets.filter(({ mint }) => mint !== "native")
  const [group, ...first] = yield [
    together(settings.group),
    ...tokens.map(({ mint }) => together(CLOCK_KEY, mint)),
    ...holders.map(holder => searchFor(settings, holder)),
  ]
  const listings: Listings = {
    facts,
    mints: new Map(tokens.map((asset, index) => [asset.mint, readMint(asset, first[index])])),
  }
  // A group that is not there has no accounts, which must not look like owners who have none.
  const opened = decodedGroup(settings, group)
  const found = holders.map((holder, row) =>
    opened.status === "fault" ? opened : accountsIn(settings, holder, first[tokens.length + row]),
  )

  const asked = found.map(accounts => (accounts.status === "ok" ? accounts.value : []))
  const second = yield asked.flat().map(({ key, account }) => together(...keysOf(settings, key, account)))
  const states = second[Symbol.iterator]()

  return reading(
    holders.map((holder, row) => {
      const parts = (asked[row] ?? []).map(({ key, account }) =>
        stateLegs(listings, settings, { holder, key, account }, states.next().value),
      )
      const accounts = found[row]
      const faults = accounts?.status === "fault" ? [marginfiFault("liability", accounts.code, accounts.detail)] : []
      return {
        address: addressOn(facts.chain, holder),
        legs: parts.flatMap(({ legs }) => legs),
        faults: [...faults, ...parts.flatMap(part => part.faults)],
        native: parts.flatMap(({ native }) => native),
      }
    }),
  )
}

const together = (...keys: readonly string[]): SolanaRead => ({ kind: "accounts", keys })

const searchFor = ({ program, group }: Settings, holder: string): SolanaRead => ({
  kind: "programAccounts",
  program,
  length: ACCOUNT_LENGTH,
  keys: [
    { offset: GROUP_OFFSET, key: group },
    { offset: AUTHORITY_OFFSET, key: holder },
  ],
})

function decodedGroup({ group, program }: Settings, result: SolanaReadResult | undefined) {
  const what = `group ${group}`
  return result?.status === "refused"
    ? refusal(what, result)
    : decodedAccount(what, result?.accounts[0], program, decodeProgramFees)
}

interface FoundAccount {
  readonly key: string
  readonly account: MarginfiAccount
}

/** A holder's accounts as the search shows them; one that cannot be told makes all of the holder's debts unknown. */
function accountsIn(
  settings: Settings,
  holder: string,
  result: SolanaReadResult | undefined,
): Decoded<readonly FoundAccount[]> {
  const what = `accounts of ${holder}`
  if (result?.status === "refused") return refusal(what, result)
  if (result === undefined) return { status: "fault", code: "DECODE", detail: `${what}: were not answered` }
  const found: FoundAccount[] = []
  for (const one of result.accounts) {
    const read = decodedAccount(what, one, settings.program, data => owned(settings, holder, decodeAccount(data)))
    if (read.status === "fault") return read
    if (one) found.push({ key: one.key, account: read.value })
  }
  return { status: "ok", value: found }
}

/** @throws LayoutError when the account is not what was asked for: its debts would be somebody else's. */
function owned({ group }: Settings, holder: string, account: MarginfiAccount): MarginfiAccount {
  const what = "marginfi account of the holder in this group"
  if (account.authority !== holder) throw new LayoutError(what, `is owned by ${account.authority}`)
  if (account.group !== group) throw new LayoutError(what, `is in group ${account.group}`)
  return account
}

/** At most 3 + 16: an account has sixteen places. */
const keysOf = ({ group }: Settings, key: string, account: MarginfiAccount): readonly string[] => [
  CLOCK_KEY,
  group,
  key,
  ...new Set(account.balances.map(({ bank }) => bank)),
]

interface AccountReading extends AccountLegs {
  readonly native: readonly NativeFigure[]
}

interface Sought extends FoundAccount {
  readonly holder: string
}

/** One account in one state: its balances as they are now, at share values of now. */
function stateLegs(
  listings: Listings,
  settings: Settings,
  sought: Sought,
  result: SolanaReadResult | undefined,
): AccountReading {
  const { program } = settings
  const what = `account ${sought.key}`
  if (result?.status === "refused") return unreadable(refusal(what, result))
  const [clockAccount, groupAccount, ownAccount, ...bankAccounts] = result?.accounts ?? []
  const clock = decodedAccount("clock", clockAccount, CLOCK_OWNER, data => BigInt(decodeClock(data).unixTime))
  if (clock.status === "fault") return unreadable(clock)
  const fees = decodedAccount(`group ${settings.group}`, groupAccount, program, decodeProgramFees)
  if (fees.status === "fault") return unreadable(fees)
  const account = decodedAccount(what, ownAccount, program, data => owned(settings, sought.holder, decodeAccount(data)))
  if (account.status === "fault") return unreadable(account)

  const now = clock.value
  const accruedBank = (data: Uint8Array): AccruedBank => {
    const bank = decodeBank(data)
    return { bank, shares: accrued(bank, fees.value, now) }
  }
  const [, , , ...keys] = keysOf(settings, sought.key, sought.account)
  const banks = new Map(
    keys.map((key, index) => [key, decodedAccount(`bank ${key}`, bankAccounts[index], program, accruedBank)]),
  )
  const state = { account: account.value, banks, now }
  return { ...legsOf(listings, state), native: healthFigures(sought.key, state) }
}

/** An account of which nothing is known may owe anything. */
const unreadable = ({ code, detail }: Fault): AccountReading => ({
  legs: [],
  native: [],
  faults: [marginfiFault("liability", code, detail)],
})

/** Leaves out holders with nothing here. */
const reading = (addresses: readonly AddressReading[]): AdapterReading => ({
  addresses: addresses.filter(({ legs, faults }) => legs.length + faults.length > 0),
  prices: [],
  quotes: [],
  faults: [],
})
