/**
 * Arbitrum One. Contracts see its parent chain's block number there, so a read proves its block by the time.
 * Prices count only while Chainlink's feed says that the sequencer runs.
 */
import { defineEvmNetwork } from "../../network.js"

export const arbitrum = defineEvmNetwork({
  kind: "evm",
  chain: "eip155:42161",
  name: "Arbitrum One",
  wormholeChain: 23,
  finality: "latest",
  mostHeadAge: 60,
  blockContext: "timestamp",
  assets: [
    { address: "native", symbol: "ETH", decimals: 18 },
    { address: "0x82aF49447D8a07e3bd95BD0d56f35241523fBab1", symbol: "ETH", decimals: 18 },
    { address: "0xaf88d065e77c8cC2239327C5EDb3A432268e5831", symbol: "USDC", decimals: 6 },
    { address: "0x2f2a2543B76A4166549F7aaB2e75Bef0aefC5B0f", symbol: "BTC", decimals: 8 },
  ],
  adapters: [
    { adapter: "wallet" },
    { adapter: "sequencer", feed: "0xFdB631F5EE196F0ed6FAa767959853A9F217697D" },
    {
      adapter: "chainlink",
      feeds: {
        ETH: "0x639Fe6ab55C921f74e7fac1ee960C0B6293ba612",
        BTC: "0x6ce185860a4963106506C203335A2910413708e9",
        USDC: "0x50834F3163758fcC1Df9973b6e91f0F0F0434aD3",
      },
    },
    {
      adapter: "pyth",
      contract: "0xff1a0f4744e8582DF1aE09D5611b887B6a12925C",
      feeds: {
        ETH: "0xff61491a931112ddf1bd8147cd1b612375f79f5825126d665480874634fd0ace",
        BTC: "0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43",
        USDC: "0xeaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a",
      },
    },
  ],
  wormhole: { core: "0xa5f208e072434bC67592E4C49C1B991BA79BCA46" },
})
