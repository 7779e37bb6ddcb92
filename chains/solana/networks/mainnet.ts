/**
 * Solana's mainnet. Finalized is some 13 seconds behind, which is young enough for everything.
 */
import { defineSolanaNetwork } from "../../network.js"

export const solana = defineSolanaNetwork({
  kind: "solana",
  chain: "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
  name: "Solana",
  wormholeChain: 1,
  commitment: "finalized",
  mostHeadAge: 90,
  assets: [
    { mint: "native", symbol: "SOL", decimals: 9 },
    { mint: "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", symbol: "USDC", decimals: 6 },
  ],
  adapters: [
    { adapter: "spl" },
    {
      adapter: "pyth",
      feeds: {
        SOL: {
          account: "7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE",
          feedId: "0xef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d",
        },
        USDC: {
          account: "Dpw1EAVrSB1ibxiDQyTAW6Zip3J4Btk2x4SgApQCeFbX",
          feedId: "0xeaa020c61cc479712813461ce153894a96a6c00b21ed0cfc2798d1f9a9e9c94a",
        },
      },
    },
    { adapter: "marginfi" },
  ],
})
