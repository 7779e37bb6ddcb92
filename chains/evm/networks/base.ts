/**
 * Base. Prices count only while Chainlink's feed says that the sequencer runs.
 */
import { defineEvmNetwork } from "../../network.js"

export const base = defineEvmNetwork({
  kind: "evm",
  chain: "eip155:8453",
  name: "Base",
  wormholeChain: 30,
  finality: "latest",
  mostHeadAge: 60,
  assets: [
    { address: "native", symbol: "ETH", decimals: 18 },
    { address: "0x4200000000000000000000000000000000000006", symbol: "ETH", decimals: 18 },
    { address: "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913", symbol: "USDC", decimals: 6 },
  ],
  adapters: [
    { adapter: "wallet" },
    { adapter: "sequencer", feed: "0xBCF85224fc0756B9Fa45aA7892530B47e10b6433" },
    {
      adapter: "chainlink",
      feeds: {
        ETH: "0x71041dddad3595F9CEd3DcCFBe3D1F4b0a16Bb70",
        BTC: "0x64c911996D3c6aC71f9b455B1E8E7266BcbD848F",
        USDC: "0x7e860098F58bBFC8648a4311b374B1D669a2bc6B",
      },
    },
    {
      adapter: "pyth",
      contract: "0x8250f4aF4B972684F7b336503E2D6dFeDeB1487a",
      feeds: {
        ETH: "0xff61491a931112ddf1bd8147cd1b612375f79f5825126d665480874634fd0ace",
        BTC: "0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43",
        USDC: "0xeaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a",
      },
    },
  ],
  wormhole: { core: "0xbebdb6C8ddC678FfA9f8748f85C815C556Dd8ac6" },
})
