/**
 * The command line: each command is one file under `commands/`, loaded when it is called.
 */
import { Command } from "commander"
import { reportFailure } from "./commands/failure.js"

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
  .action(async () => (await import("./commands/devnet.js")).devnet())

program.parseAsync().catch(reportFailure)
