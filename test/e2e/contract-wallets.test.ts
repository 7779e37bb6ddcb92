import { createRequire } from "node:module"
import {
  type Abi,
  concatHex,
  encodeAbiParameters,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  hashMessage,
  pad,
} from "viem"
import { serializeErc6492Signature } from "viem/utils"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { chainId } from "../../aggregator/domain/caip.js"
import { startAnvil } from "../../chains/devnet/anvil.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { openSender } from "../../chains/evm/sender.js"
import { evmSignatureCheck } from "../../chains/evm/sign-in.js"

/** A wallet that is a contract with one owner, and a factory that puts it where its owner says. */
const SOURCE = `
pragma solidity ^0.8.28;
contract Wallet {
  address immutable owner;
  constructor(address owner_) { owner = owner_; }
  function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
    if (signature.length != 65) return 0xffffffff;
    address signer = ecrecover(hash, uint8(signature[64]), bytes32(signature[0:32]), bytes32(signature[32:64]));
    return signer != address(0) && signer == owner ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
  }
}
contract Factory {
  function make(address owner, bytes32 salt) external returns (address) { return address(new Wallet{salt: salt}(owner)); }
}`

function compiled(name: string): { abi: Abi; bytecode: Hex } {
  const solc = createRequire(import.meta.url)("solc")
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object"] } }
  const input = { language: "Solidity", sources: { source: { content: SOURCE } }, settings: { outputSelection } }
  const { contracts, errors } = JSON.parse(solc.compile(JSON.stringify(input)))
  if (!contracts?.source?.[name]) throw new Error(JSON.stringify(errors))
  const { abi, evm } = contracts.source[name]
  return { abi, bytecode: `0x${evm.bytecode.object}` }
}

const CHAIN_ID = 1337
const never = new AbortController().signal
const owner = devAccount(3)
const MESSAGE = "anything that is signed"

let anvil: Awaited<ReturnType<typeof startAnvil>>
let check: ReturnType<typeof evmSignatureCheck>
let sender: ReturnType<typeof openSender>
beforeAll(async () => {
  anvil = await startAnvil({ chainId: CHAIN_ID })
  sender = openSender({ url: anvil.url, chainId: CHAIN_ID, account: devAccount(4) })
  check = evmSignatureCheck(chainId(`eip155:${CHAIN_ID}`), anvil.url)
})
afterAll(() => anvil.stop())

const signature = () => owner.signMessage({ message: MESSAGE })

describe("signatures of contract wallets", () => {
  it("count when the deployed contract says so (ERC-1271), and for no other text or signer", async () => {
    const { abi, bytecode } = compiled("Wallet")
    const wallet = await sender.deploy(abi, bytecode, [owner.address], never)
    expect(await check.signed(wallet, MESSAGE, await signature())).toBe(true)
    expect(await check.signed(wallet, `${MESSAGE}.`, await signature())).toBe(false)
    expect(await check.signed(wallet, MESSAGE, await devAccount(5).signMessage({ message: MESSAGE }))).toBe(false)
    expect(hashMessage(MESSAGE)).not.toBe(hashMessage(`${MESSAGE}.`))
  })

  it("count for a contract that is yet to be deployed (ERC-6492), and only at its own address", async () => {
    const factory = compiled("Factory")
    const wallet = compiled("Wallet")
    const factoryAddress = await sender.deploy(factory.abi, factory.bytecode, [], never)
    const salt = pad("0x01")
    const bytecode = encodeDeployData({ abi: wallet.abi, bytecode: wallet.bytecode, args: [owner.address] })
    const undeployed = getContractAddress({ opcode: "CREATE2", from: factoryAddress, salt, bytecode })
    const data = encodeFunctionData({ abi: factory.abi, functionName: "make", args: [owner.address, salt] })
    const wrapped = serializeErc6492Signature({ address: factoryAddress, data, signature: await signature() })
    expect(await sender.client.getCode({ address: undeployed })).toBeUndefined()
    expect(await check.signed(undeployed, MESSAGE, wrapped)).toBe(true)
    expect(await check.signed(undeployed, `${MESSAGE}.`, wrapped)).toBe(false)
    expect(await check.signed(devAccount(8).address, MESSAGE, wrapped)).toBe(false)
  })

  it("do not count for an address without a contract, nor for signatures that are none", async () => {
    const nobody = devAccount(9).address
    expect(await check.signed(nobody, MESSAGE, await signature())).toBe(false)
    for (const broken of [
      "0x",
      "0x00",
      "nothing",
      concatHex([encodeAbiParameters([{ type: "uint256" }], [1n]), "0x6492"]),
    ]) {
      expect(await check.signed(nobody, MESSAGE, broken)).toBe(false)
    }
  })

  it("are no matter for a node of another chain", async () => {
    const elsewhere = evmSignatureCheck(chainId("eip155:1"), anvil.url)
    expect(await elsewhere.signed(devAccount(9).address, MESSAGE, await signature())).toBe(false)
    expect(await elsewhere.signed(owner.address, MESSAGE, await signature())).toBe(true)
  })
})
