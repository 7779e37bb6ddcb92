/**
 * The page's only address form: `#/accounts/<id>` opens an account, anything else none.
 */
const PREFIX = "#/accounts/"

export const CLOSED = "#/"
export const accountHash = (account: string): string => PREFIX + encodeURIComponent(account)

export function accountInHash(hash: string): string | null {
  if (!hash.startsWith(PREFIX)) return null
  try {
    return decodeURIComponent(hash.slice(PREFIX.length))
  } catch {
    // A half percent sign typed by hand: no account has such a name.
    return null
  }
}
