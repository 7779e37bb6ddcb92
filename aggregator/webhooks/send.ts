/**
 * One attempt to hand a message to a target: a deadline, no redirects, and only addresses that were checked after the
 * name was resolved, by the very connection that uses them.
 */
import { lookup as resolveName } from "node:dns/promises"
import { request as overHttp } from "node:http"
import { request as overHttps } from "node:https"
import type { LookupFunction } from "node:net"
import { isPublicAddress, type TargetRules, targetIssue } from "./target.js"

export type Outcome = { readonly kind: "taken" } | { readonly kind: "refused"; readonly reason: string }

export interface Message {
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** Never rejects. */
export type Send = (message: Message, signal: AbortSignal) => Promise<Outcome>

export interface SendRules extends TargetRules {
  /** From the first byte sent to the status of the answer. */
  readonly timeoutMs: number
  resolve?(name: string): Promise<readonly ResolvedAddress[]>
}

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

export function webhookSender(rules: SendRules): Send {
  const lookup = guardedLookup(rules)
  return ({ url, body, headers }, signal) =>
    new Promise(resolve => {
      const refuse = (reason: string) => resolve({ kind: "refused", reason })
      const issue = targetIssue(url, rules)
      if (issue !== null) return refuse(`the target ${issue}`)
      const deadline = AbortSignal.timeout(rules.timeoutMs)
      const send = url.startsWith("https:") ? overHttps : overHttp
      const request = send(url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        lookup,
        agent: false,
        signal: AbortSignal.any([signal, deadline]),
      })
      request.on("response", response => {
        const { statusCode = 0 } = response
        // The status is all that counts: what else the target says is not read.
        response.destroy()
        if (statusCode >= 200 && statusCode < 300) resolve({ kind: "taken" })
        else refuse(`the target answered ${statusCode}`)
      })
      request.on("error", (error: NodeJS.ErrnoException) =>
        refuse(deadline.aborted ? `no answer within ${rules.timeoutMs} ms` : reasonOf(error)),
      )
      request.end(body)
    })
}

class PrivateTargetError extends Error {}

/** A message of a library may quote what was sent; its code does not. */
const reasonOf = (error: NodeJS.ErrnoException): string =>
  error instanceof PrivateTargetError ? error.message : `the connection failed: ${error.code ?? error.name}`

function guardedLookup({ allowPrivateTargets, resolve = resolved }: SendRules): LookupFunction {
  return (name, options, done) => {
    const refuse = (error: Error) => done(error, [])
    resolve(name).then(addresses => {
      const [first] = addresses
      if (!first) return refuse(new PrivateTargetError("the target's name has no address"))
      if (!allowPrivateTargets && !addresses.every(each => isPublicAddress(each.address))) {
        return refuse(new PrivateTargetError("the target's name leads into a private network"))
      }
      if (options.all) done(null, [...addresses])
      else done(null, first.address, first.family)
    }, refuse)
  }
}

const resolved = (name: string): Promise<readonly ResolvedAddress[]> => resolveName(name, { all: true })
