/**
 * Wallets that are contracts with one owner (ERC-1271), deployed or yet to be (ERC-6492), on a chain of the tests.
 */
import { createRequire } from "node:module"
import {
  type Abi,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  type LocalAccount,
  pad,
} from "viem"
import { serializeErc6492Signature } from "viem/utils"
import type { openSender } from "../../chains/evm/sender.js"

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

export interface ContractWallet {
  readonly address: Hex
  sign(message: string): Promise<Hex>
}

const never = new AbortController().signal
type Sender = ReturnType<typeof openSender>

export async function deployedWallet(sender: Sender, owner: LocalAccount): Promise<ContractWallet> {
  const { abi, bytecode } = compiled("Wallet")
  const address = await sender.deploy(abi, bytecode, [owner.address], never)
  return { address, sign: message => owner.signMessage({ message }) }
}

/** One whose factory is there and itself is not; its signatures say how to make it. */
export async function undeployedWallet(sender: Sender, owner: LocalAccount): Promise<ContractWallet> {
  const [factory, wallet] = [compiled("Factory"), compiled("Wallet")]
  const from = await sender.deploy(factory.abi, factory.bytecode, [], never)
  const salt = pad("0x01")
  const bytecode = encodeDeployData({ abi: wallet.abi, bytecode: wallet.bytecode, args: [owner.address] })
  const data = encodeFunctionData({ abi: factory.abi, functionName: "make", args: [owner.address, salt] })
  return {
    address: getContractAddress({ opcode: "CREATE2", from, salt, bytecode }),
    sign: async message =>
      serializeErc6492Signature({ address: from, data, signature: await owner.signMessage({ message }) }),
  }
}
