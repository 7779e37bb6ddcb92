/**
 * Compiles the devnet's contracts ahead, at installation, so that the first start waits for no compiler.
 */
import { compileContracts } from "./evm/compiled-contracts.js"

await compileContracts()
