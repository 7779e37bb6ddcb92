/**
 * Turns a contract's ABI into queries: a view function by its name, typed from its signature.
 * What adapters would otherwise write for each function: encode the call, name it in faults, decode the answer.
 */
import {
  type Abi,
  type AbiItem,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  decodeFunctionResult,
  encodeFunctionData,
  getAbiItem,
  type Hex,
  type Address as Holder,
  prepareEncodeFunctionData,
} from "viem"
import type { Query } from "./read-round.js"

type ViewName<ABI extends Abi> = ContractFunctionName<ABI, "pure" | "view">
type ViewArgs<ABI extends Abi, Name extends ViewName<ABI>> = Extract<
  ContractFunctionArgs<ABI, "pure" | "view", Name>,
  readonly unknown[]
>
type ViewResult<ABI extends Abi, Name extends ViewName<ABI>> = ContractFunctionReturnType<ABI, "pure" | "view", Name>

/** Asks one view function: its name, the contract, its arguments. */
export type Views<ABI extends Abi> = <Name extends ViewName<ABI>>(
  name: Name,
  to: Holder,
  ...args: ViewArgs<ABI, Name>
) => Query<ViewResult<ABI, Name>>

/** @param abi without overloads: a function is found by its name. */
export function viewsOf<const ABI extends Abi>(abi: ABI): Views<ABI> {
  // Prepared once a function: hashing its signature for each holder would be most of the encoding.
  const prepared = new Map<string, Prepared>()
  const prepare = (name: string): Prepared => {
    const known = prepared.get(name)
    if (known) return known
    const item = getAbiItem({ abi: abi as Abi, name })
    if (!item) throw new RangeError(`the ABI has no function ${name}`)
    const encoding = prepareEncodeFunctionData({ abi: [item], functionName: name })
    const size = sizeOf(item)
    const made = {
      encode: (args: readonly unknown[]) => encodeFunctionData({ ...encoding, args: args.map(unchecked) }),
      decode: (data: Hex) => {
        // A longer answer is something else, of which the first words must not pass for a number.
        if (size !== undefined && data.length !== 2 + 2 * size) throw new RangeError(`${data.length / 2 - 1} bytes`)
        return decodeFunctionResult({ abi: [item], functionName: name, data })
      },
    }
    prepared.set(name, made)
    return made
  }
  return (name, to, ...args) => {
    const { encode, decode } = prepare(name)
    return {
      what: `${name}(${args.join()}) of ${to}`,
      call: { to, data: encode(args) },
      decode: data => decode(data) as ViewResult<ABI, typeof name>,
    }
  }
}

/** An address in lower case, whose checksum nobody computes: holders were checked when they came in. */
const unchecked = (argument: unknown): unknown =>
  typeof argument === "string" && ADDRESS.test(argument) ? argument.toLowerCase() : argument

const ADDRESS = /^0x[0-9a-fA-F]{40}$/

interface Prepared {
  encode(args: readonly unknown[]): Hex
  decode(data: Hex): unknown
}

const WORD = 32

/** Bytes of the answer; undefined when it holds lists or texts. */
function sizeOf(item: AbiItem): number | undefined {
  if (item.type !== "function") return undefined
  return item.outputs.every(({ type }) => /^(u?int\d*|address|bool|bytes\d+)$/.test(type))
    ? item.outputs.length * WORD
    : undefined
}
