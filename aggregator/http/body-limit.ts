/**
 * How long a request's body may be: by what the request says where it says so, counted while it is read where it does not.
 */
import type { Context, MiddlewareHandler } from "hono"
import { bodyLimit } from "hono/body-limit"

/**
 * @param maxSize Bytes.
 * @param onTooLarge Answers a request whose body is longer.
 */
export function limitedBody(maxSize: number, onTooLarge: (context: Context) => Response): MiddlewareHandler {
  const counted = bodyLimit({ maxSize, onError: onTooLarge })
  return async (context, next) => {
    const { headers } = context.req.raw
    const stated = headers.get("content-length")
    // Counting makes a web stream of the socket, which costs more than the rest of the way in; the HTTP parser holds
    // a request to the length that it states.
    if (stated === null || headers.has("transfer-encoding")) return counted(context, next)
    return Number(stated) > maxSize ? onTooLarge(context) : next()
  }
}
