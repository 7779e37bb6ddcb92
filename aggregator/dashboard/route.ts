/**
 * The page's only address form: `#/accounts/<id>` opens an account, `?…` behind it says what is supposed of it.
 */
const PREFIX = "#/accounts/"

export const CLOSED = "#/"

export function accountHash(account: string, parameters?: URLSearchParams): string {
  const supposed = parameters?.size ? `?${parameters}` : ""
  return PREFIX + encodeURIComponent(account) + supposed
}

export function accountInHash(hash: string): string | null {
  if (!hash.startsWith(PREFIX)) return null
  const [id = ""] = hash.slice(PREFIX.length).split("?")
  try {
    return decodeURIComponent(id)
  } catch {
    // A half percent sign typed by hand: no account has such a name.
    return null
  }
}

export const parametersInHash = (hash: string): URLSearchParams =>
  new URLSearchParams(hash.includes("?") ? hash.slice(hash.indexOf("?") + 1) : "")
