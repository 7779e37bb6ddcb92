/**
 * What only the environment may say: keys that spend gas, addresses with passwords.
 */

import type { Secrets } from "./config.js"
import type { Environment } from "./config-file.js"

/** Which variable holds which secret. */
export const SECRET_VARIABLES = {
  publisherKey: "PLIMSOLL_PUBLISHER_KEY",
  relayerKey: "PLIMSOLL_RELAYER_KEY",
  solanaRelayerKey: "PLIMSOLL_SOLANA_RELAYER_KEY",
  databaseUrl: "DATABASE_URL",
  pythApiKey: "PYTH_API_KEY",
  adminToken: "PLIMSOLL_ADMIN_TOKEN",
} as const satisfies Record<keyof Secrets, string>

export const secretsIn = (environment: Environment): Secrets =>
  Object.fromEntries(Object.entries(SECRET_VARIABLES).map(([secret, variable]) => [secret, environment[variable]]))
