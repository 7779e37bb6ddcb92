/**
 * Moments and ages in words: the two ways in which the page speaks of time.
 */

/** "14:03:09" in the reader's own time zone. */
export function clockTime(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toLocaleTimeString("en-GB")
}

/** "12 s", "4 min", "3 h". */
export function displayAge(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))}\u202fs`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}\u202fmin`
  return `${Math.floor(seconds / 3600)}\u202fh`
}
