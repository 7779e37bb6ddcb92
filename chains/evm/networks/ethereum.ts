/**
 * Ethereum. `latest`, because a block is final only after 13 minutes, which is too old for a debt; the policy's finality
 * haircut covers what may still be reorganised.
 */
import { defineEvmNetwork } from "../../network.js"

export const ethereum = defineEvmNetwork({
  kind: "evm",
  chain: "eip155:1",
  name: "Ethereum",
  wormholeChain: 2,
  finality: "latest",
  mostHeadAge: 120,
  assets: [
    { address: "native", symbol: "ETH", decimals: 18 },
    { address: "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", symbol: "ETH", decimals: 18 },
    { address: "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", symbol: "USDC", decimals: 6 },
    { address: "0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599", symbol: "BTC", decimals: 8 },
  ],
  adapters: [
    { adapter: "wallet" },
    {
      adapter: "chainlink",
      feeds: {
        ETH: "0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419",
        BTC: "0xF4030086522a5bEEa4988F8cA5B36dbC97BeE88c",
        USDC: "0x8fFfFfd4AfB6115b954Bd326cbe7B4BA576818f6",
      },
    },
    {
      adapter: "pyth",
      contract: "0x4305FB66699C3B2702D4d05CF36551390A4c69C6",
      feeds: {
        ETH: "0xff61491a931112ddf1bd8147cd1b612375f79f5825126d665480874634fd0ace",
        BTC: "0xe62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43",
        USDC: "0xeaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a",
      },
    },
  ],
  wormhole: { core: "0x98f3c9e6E3fAce36bAAd05FE09d375Ef1464288B" },
})
