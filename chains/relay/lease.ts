/**
 * Who of several relays sends: one holds the lease, the others stand by.
 */

export interface Lease {
  /** Takes or renews it. @returns whether this instance holds it now. */
  hold(): Promise<boolean>
  /** Lets go at once, so that another need not wait for it to run out. */
  release(): Promise<void>
}
