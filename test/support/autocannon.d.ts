/**
 * As much of autocannon as the benches use; it comes without types.
 */
declare module "autocannon" {
  interface Options {
    readonly url: string
    /** At once. */
    readonly connections: number
    /** Seconds. */
    readonly duration: number
    readonly method?: "GET" | "POST"
    readonly body?: string
    readonly headers?: Readonly<Record<string, string>>
  }
  interface Outcome {
    /** Requests answered: per second, and in all. */
    readonly requests: { readonly average: number; readonly total: number }
    readonly non2xx: number
    readonly errors: number
  }
  export default function autocannon(options: Options): Promise<Outcome>
}
