/**
 * The command line: each command is one file under `commands/`, loaded when it is called.
 */
import { Command } from "commander"
import { reportFailure } from "./commands/failure.js"
import { requireClone } from "./commands/require-clone.js"

const program = new Command("plimsoll")
  .description("Cross-chain margin: one health for collateral and positions on every chain.")
  .version("0.1.0")

program
  .command("serve")
  .description("Run the service on the chains of a configuration file")
  .requiredOption("-c, --config <file>", "configuration, JSON")
  .action(async options => (await import("./commands/serve.js")).serve(options))

program
  .command("devnet")
  .description("Run everything on embedded local chains: no configuration, no keys, no network")
  .action(async () => {
    requireClone("devnet", "runs chains that are development dependencies")
    await (await import("./commands/devnet.js")).devnet()
  })

program
  .command("relay")
  .description("Carry what any aggregator publishes to the chains of a configuration; holds a gas key only")
  .requiredOption("-c, --config <file>", "configuration of the relay, JSON")
  .option("--dry-run", "print what would be sent now and what it would cost, and send nothing")
  .option("--json", "with --dry-run: print it as JSON")
  .action(async options => (await import("./commands/relay.js")).relay(options))

program
  .command("verify")
  .description("Re-compute a published epoch and say OK, or the first value that differs")
  .argument("<epoch>", "number of an epoch, URL of a service or of an attestation, or file written by --save")
  .option("-s, --service <url>", "where an epoch is looked up by its number", "http://127.0.0.1:8787")
  .option("-r, --reread <config>", "read the chains of this configuration again, at the pinned blocks, and compare")
  .option("--save <file>", "write all of the epoch into one file")
  .action(async (epoch, options) => (await import("./commands/verify.js")).verify(epoch, options))

program
  .command("revoke")
  .description("Withdraw published epochs on every chain, because what they were computed from was undone")
  .requiredOption("-c, --config <file>", "configuration of the service that published them, JSON")
  .option("--below <epoch>", "withdraw the epochs below this one; all that exist when absent")
  .action(async options => (await import("./commands/revoke.js")).revoke(options))

program
  .command("margin")
  .description("Margin of a portfolio against a market, both from files: no chain, no service, no network")
  .requiredOption("--portfolio <file>", "collateral, debts, positions and, for a comparison, changes; JSON")
  .requiredOption("--market <file>", "valuationTime, prices, volatilities, rate; JSON")
  .requiredOption("--policy <policy>", "name of a shipped policy, or a policy document, JSON")
  .option("--json", "print what POST /v1/margin/simulate would answer")
  .action(async options => (await import("./commands/margin.js")).margin(options))

program
  .command("doctor")
  .description("Examine everything that a configuration depends on and say what to mend")
  .requiredOption("-c, --config <file>", "configuration, JSON")
  .option("--json", "findings as JSON")
  .action(async options => (await import("./commands/doctor.js")).doctor(options))

program
  .command("config")
  .description("About configurations")
  .command("explain")
  .description("Print the configuration in effect and where each value comes from, secrets left out")
  .requiredOption("-c, --config <file>", "configuration, JSON")
  .option("--json", "values as JSON")
  .action(async options => (await import("./commands/config.js")).explain(options))

program
  .command("scaffold")
  .description("Write the beginnings of a contribution")
  .command("adapter")
  .description("An EVM protocol's adapter with its test, ready to run")
  .argument("<name>", "the venue's name in configurations, e.g. my-venue")
  .option("-o, --out <folder>", "folder that stands for the repository's root", ".")
  .action(async (name, options) => {
    requireClone("scaffold adapter", "writes sources that import the repository's")
    await (await import("./commands/scaffold.js")).scaffoldAdapter(name, options)
  })

program.parseAsync().catch(reportFailure)
