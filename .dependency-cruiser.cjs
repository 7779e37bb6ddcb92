/** Who may import whom; ARCHITECTURE.md explains why. */
const only = (name, from, to, comment) => ({ name, severity: "error", comment, from, to })

module.exports = {
  forbidden: [
    only("no-cycles", {}, { circular: true }, "A cycle hides which side owns an idea."),
    only("nobody-imports-test", { pathNot: "^test/" }, { path: "^test/" }, "Tests depend on the code, never the reverse."),
    only("wasm-core-stands-alone", { path: "^wasm-core/" }, { path: "^(aggregator|chains)/" }, "The kernel also runs in a browser."),
    only("domain-stands-alone", { path: "^aggregator/domain/" }, { path: "^(aggregator/(?!domain/)|chains/|wasm-core/)" }, "The vocabulary depends on nothing."),
    only("pipeline-is-pure", { path: "^aggregator/(pipeline|insight|policies)/" }, { path: "^(chains/|wasm-core/|aggregator/(routes|store|dashboard|app|main|config|cli))|node_modules/(viem|@solana|@wormhole-foundation|hono|@hono)/" }, "The calculation knows no chain, wire or clock."),
    only("chains-know-only-the-domain", { path: "^chains/" }, { path: "^(aggregator/(?!domain/)|wasm-core/)|node_modules/(hono|@hono)/" }, "Adapters never see HTTP, pipeline, store or Wasm."),
    only("reading-knows-no-family", { path: "^chains/reading/" }, { path: "^chains/(evm|solana|wormhole|relay|devnet|registry)" }, "What all families share names none."),
    only("families-stand-apart", { path: "^chains/solana/" }, { path: "^chains/evm/" }, "Each family reads on its own."),
    only("routes-see-no-chain", { path: "^aggregator/(routes|app)" }, { path: "^(chains|wasm-core)/" }, "Wiring happens in main."),
    only("page-sees-no-server", { path: "^aggregator/dashboard/" }, { path: "^(chains/|aggregator/(?!dashboard/|domain/|pipeline/|insight/|policies/|routes/))" }, "The page runs in a browser."),
    only("nobody-imports-main", { pathNot: "^(test/|aggregator/(cli|commands/))" }, { path: "^aggregator/main" }, "main composes; it is no library."),
    only("viem-under-evm", { pathNot: "^(chains/(evm|devnet|relay)/|test/)" }, { path: "node_modules/viem/" }, "One place per SDK."),
    only("web3-under-solana", { pathNot: "^(chains/(solana|devnet)/|test/)" }, { path: "node_modules/@solana/" }, "One place per SDK."),
    only("wormhole-under-wormhole", { pathNot: "^(chains/(wormhole|devnet)/|test/)" }, { path: "node_modules/@wormhole-foundation/" }, "One place per SDK."),
    only("devnet-is-a-leaf", { pathNot: "^(chains/devnet/|aggregator/(main|cli|commands/)|test/)" }, { path: "^chains/devnet/" }, "Production code never reaches into the devnet."),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
}
