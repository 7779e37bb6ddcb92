/**
 * Who asks, as far as the network tells: the peer's address, or what trusted proxies say of it.
 */
import { getConnInfo } from "@hono/node-server/conninfo"
import type { Context } from "hono"

/**
 * @param trustedProxies how many proxies of the operator's stand before the service. Each appends the address it saw to
 *   X-Forwarded-For, so only that many entries from the end are true; the rest is the client's own claim.
 */
export function clientOf(context: Context, trustedProxies: number): string {
  const claimed = (context.req.header("x-forwarded-for") ?? "").split(",").map(each => each.trim())
  const told = trustedProxies > 0 ? claimed.at(-trustedProxies) : undefined
  if (told) return told.slice(0, 64)
  // Requests that no socket brought have no address: those of tests, of which there are none elsewhere.
  return context.env?.incoming === undefined ? "unknown" : (getConnInfo(context).remote.address ?? "unknown")
}
