import { concatHex, encodeAbiParameters, hashMessage } from "viem"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { chainId } from "../../aggregator/domain/caip.js"
import { startAnvil } from "../../chains/devnet/anvil.js"
import { devAccount } from "../../chains/devnet/evm/dev-accounts.js"
import { openSender } from "../../chains/evm/sender.js"
import { evmSignatureCheck } from "../../chains/evm/sign-in.js"
import { deployedWallet, undeployedWallet } from "../support/contract-wallets.js"

const CHAIN_ID = 1337
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
    const wallet = await deployedWallet(sender, owner)
    const signed = await wallet.sign(MESSAGE)
    expect(await check.signed(wallet.address, MESSAGE, signed)).toBe(true)
    expect(await check.signed(wallet.address, `${MESSAGE}.`, signed)).toBe(false)
    expect(await check.signed(wallet.address, MESSAGE, await devAccount(5).signMessage({ message: MESSAGE }))).toBe(
      false,
    )
    expect(hashMessage(MESSAGE)).not.toBe(hashMessage(`${MESSAGE}.`))
  })

  it("count for a contract that is yet to be deployed (ERC-6492), and only at its own address", async () => {
    const wallet = await undeployedWallet(sender, owner)
    const wrapped = await wallet.sign(MESSAGE)
    expect(await sender.client.getCode({ address: wallet.address })).toBeUndefined()
    expect(await check.signed(wallet.address, MESSAGE, wrapped)).toBe(true)
    expect(await check.signed(wallet.address, `${MESSAGE}.`, wrapped)).toBe(false)
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
