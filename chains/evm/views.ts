/**
 * Turns a contract's ABI into queries: a view function by its name, typed from its signature.
 * What adapters would otherwise write for each function: encode the call, name it in faults, decode the answer.
 */
import {
  type Abi,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  decodeFunctionResult,
  encodeFunctionData,
  getAbiItem,
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
    const made = {
      encode: (args: readonly unknown[]) => encodeFunctionData({ ...encoding, args }),
      decode: (data: `0x${string}`) => decodeFunctionResult({ abi: [item], functionName: name, data }),
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

interface Prepared {
  encode(args: readonly unknown[]): `0x${string}`
  decode(data: `0x${string}`): unknown
}
