/**
 * Accounts as the marginfi program lays them out, written field by field from its public type definitions.
 */
import { PublicKey } from "@solana/web3.js"
import { type I80F48, i80f48 } from "../../chains/solana/i80f48.js"

export const MARGINFI_PROGRAM = "MFv2hWf31Z9kbCa1snEPYctwafyhdvnV7FZnsebVacA"
export const MARGINFI_GROUP = "4qp6Fx6tnZkY5Wropq9wUYgtFxXKwE6viZxFHg3rdAG8"

/** A fraction as I80F48, cut off. */
export const fixed = (numerator: bigint, denominator = 1n): I80F48 => i80f48((numerator << 48n) / denominator)

type Field = readonly [offset: number, bytes: Uint8Array | readonly number[]]

function bytes(length: number, discriminator: string, fields: readonly Field[]): Uint8Array {
  const data = new Uint8Array(length)
  for (const [offset, part] of [[0, Buffer.from(discriminator, "hex")] as const, ...fields]) data.set(part, offset)
  return data
}

const key = (base58: string) => new PublicKey(base58).toBytes()
const u64 = (value: bigint) => new Uint8Array(new BigUint64Array([BigInt.asUintN(64, value)]).buffer)
const u32 = (value: number) => new Uint8Array(new Uint32Array([value]).buffer)
const wide = (value: bigint) => Uint8Array.from([...u64(value), ...u64(value >> 64n)])

export interface GroupFields {
  readonly flags?: bigint
  readonly programFeeFixed?: I80F48
  readonly programFeeRate?: I80F48
}

export const encodeGroup = ({
  flags = 0n,
  programFeeFixed = fixed(0n),
  programFeeRate = fixed(0n),
}: GroupFields = {}) =>
  bytes(1064, "b617adf097ceb643", [
    [40, u64(flags)],
    [80, wide(programFeeFixed)],
    [96, wide(programFeeRate)],
  ])

export interface BankFields {
  readonly mint: string
  readonly decimals: number
  readonly group?: string
  readonly assetShareValue?: I80F48
  readonly liabilityShareValue?: I80F48
  readonly totalLiabilityShares?: I80F48
  readonly totalAssetShares?: I80F48
  readonly lastUpdate?: bigint
  /** Optimal utilisation, the rate there, the rate at full utilisation. */
  readonly kink?: readonly [I80F48, I80F48, I80F48]
  /** Rates at 0 and 1 and the points between, each as parts of a u32: the newer curve. */
  readonly points?: {
    readonly zero: number
    readonly full: number
    readonly between: readonly (readonly [number, number])[]
  }
  readonly curveType?: number
  /** Insurance fee fixed and rate, group fee fixed and rate. */
  readonly fees?: readonly [I80F48, I80F48, I80F48, I80F48]
  readonly state?: number
  readonly assetTag?: number
  readonly flags?: bigint
  readonly assetWeight?: I80F48
  readonly liabilityWeight?: I80F48
  readonly valueLimit?: bigint
  readonly eModeFlags?: bigint
}

export function encodeBank(bank: BankFields): Uint8Array {
  const [optimal, plateau, highest] = bank.kink ?? [fixed(8n, 10n), fixed(1n, 10n), fixed(3n)]
  const [insuranceFixed, insuranceRate, groupFixed, groupRate] = bank.fees ?? [0n, 0n, 0n, 0n]
  const { zero, full, between } = bank.points ?? { zero: 0, full: 0, between: [] }
  return bytes(1864, "8e31a6f2324261bc", [
    [8, key(bank.mint)],
    [40, [bank.decimals]],
    [41, key(bank.group ?? MARGINFI_GROUP)],
    [80, wide(bank.assetShareValue ?? fixed(1n))],
    [96, wide(bank.liabilityShareValue ?? fixed(1n))],
    [256, wide(bank.totalLiabilityShares ?? fixed(0n))],
    [272, wide(bank.totalAssetShares ?? fixed(0n))],
    [288, u64(bank.lastUpdate ?? 0n)],
    [296, wide(bank.assetWeight ?? fixed(1n))],
    [328, wide(bank.liabilityWeight ?? fixed(1n))],
    [368, wide(optimal)],
    [384, wide(plateau)],
    [400, wide(highest)],
    [416, wide(insuranceFixed)],
    [432, wide(insuranceRate)],
    [448, wide(groupFixed)],
    [464, wide(groupRate)],
    [496, u32(zero)],
    [500, u32(full)],
    ...between.flatMap(([utilization, rate], index): Field[] => [
      [504 + 8 * index, u32(utilization)],
      [508 + 8 * index, u32(rate)],
    ]),
    [544, [bank.curveType ?? (bank.points ? 1 : 0)]],
    [608, [bank.state ?? 1]],
    [785, [bank.assetTag ?? 0]],
    [792, u64(bank.valueLimit ?? 0n)],
    [840, u64(bank.flags ?? 0n)],
    [936, u64(bank.eModeFlags ?? 0n)],
  ])
}

export interface BalanceFields {
  readonly bank: string
  readonly assets?: I80F48
  readonly liabilities?: I80F48
  readonly premiumRate?: number
  readonly premiumOwed?: I80F48
  readonly lastUpdate?: bigint
  readonly active?: number
}

export interface AccountFields {
  readonly authority: string
  readonly group?: string
  readonly flags?: bigint
  /** `null` leaves a place empty. */
  readonly balances?: readonly (BalanceFields | null)[]
  readonly health?: HealthFields
  readonly lastUpdate?: bigint
}

export interface HealthFields {
  readonly assetValue: I80F48
  readonly liabilityValue: I80F48
  readonly time: bigint
  readonly flags: number
  readonly prices: readonly number[]
}

export function encodeAccount({
  authority,
  group = MARGINFI_GROUP,
  flags = 0n,
  balances = [],
  health,
  lastUpdate = 0n,
}: AccountFields): Uint8Array {
  return bytes(2312, "43b2826d7e721c2a", [
    [8, key(group)],
    [40, key(authority)],
    [1800, u64(flags)],
    ...(health ? healthBytes(health) : []),
    [2208, u64(lastUpdate)],
    ...balances.flatMap((balance, index): Field[] => {
      const at = 72 + 104 * index
      if (balance === null) return []
      return [
        [at, [balance.active ?? 1]],
        [at + 1, key(balance.bank)],
        [at + 36, u32(balance.premiumRate ?? 0)],
        [at + 40, wide(balance.assets ?? fixed(0n))],
        [at + 56, wide(balance.liabilities ?? fixed(0n))],
        [at + 72, wide(balance.premiumOwed ?? fixed(0n))],
        [at + 88, u64(balance.lastUpdate ?? 0n)],
      ]
    }),
  ])
}

const healthBytes = (health: HealthFields): readonly Field[] => [
  [1840, wide(health.assetValue)],
  [1856, wide(health.liabilityValue)],
  [1936, u64(health.time)],
  [1944, u32(health.flags)],
  [1952, new Uint8Array(new Float64Array(health.prices).buffer)],
]
