/**
 * Where webhooks may go: nowhere inside the network of the service, whatever a name resolves to.
 */
import { BlockList, isIP } from "node:net"

export interface TargetRules {
  /** Lets webhooks go to this machine and its network, and over plain HTTP. */
  readonly allowPrivateTargets: boolean
}

/** IANA's special-purpose IPv4 blocks, multicast and what is reserved. */
const SPECIAL_V4: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
]
/** Inside global unicast, yet not public: IETF's own, documentation, and 6to4, which carries any IPv4 address. */
const SPECIAL_V6: readonly (readonly [network: string, prefix: number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
]

const special = new BlockList()
for (const [network, prefix] of SPECIAL_V4) special.addSubnet(network, prefix, "ipv4")
for (const [network, prefix] of SPECIAL_V6) special.addSubnet(network, prefix, "ipv6")
const globalV6 = new BlockList()
globalV6.addSubnet("2000::", 3, "ipv6")

/** False for whatever is no IP address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, "ipv4")
  // Everything outside of global unicast is refused, addresses that embed an IPv4 one among them.
  return family === 6 && globalV6.check(address, "ipv6") && !special.check(address, "ipv6")
}

/** What speaks against a target before its name is resolved; `null` when nothing does. */
export function targetIssue(target: string, { allowPrivateTargets }: TargetRules): string | null {
  if (!URL.canParse(target)) return "must be a URL"
  const url = new URL(target)
  if (url.username || url.password) return "must carry no user or password; the signature says who sends"
  if (url.protocol !== "https:" && !(allowPrivateTargets && url.protocol === "http:")) return "must be an https URL"
  const host = url.hostname.replace(/^\[|\]$/g, "")
  if (!allowPrivateTargets && isIP(host) && !isPublicAddress(host)) return "must not be an address of a private network"
  return null
}
