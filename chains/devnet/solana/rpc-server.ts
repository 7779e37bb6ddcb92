/**
 * JSON-RPC 2.0 over HTTP on 127.0.0.1: single and batch requests, errors as the protocol wants them.
 * Knows no method itself.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage, type Server } from "node:http"
import { z } from "zod"

export type RpcMethod = (params: readonly unknown[]) => unknown

/** A refusal with its JSON-RPC code; thrown by methods. */
export class RpcError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message)
  }
}

export interface RpcServer {
  readonly url: string
  stop(): Promise<void>
}

const PARSE_ERROR = -32700
const INVALID_REQUEST = -32600
const METHOD_NOT_FOUND = -32601
export const INVALID_PARAMS = -32602
const INTERNAL_ERROR = -32603
const MAX_BODY_BYTES = 5_000_000

const requestSchema = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
})

export async function startRpcServer(methods: ReadonlyMap<string, RpcMethod>): Promise<RpcServer> {
  const server = createServer(async (request, response) => {
    if (request.method !== "POST") return response.writeHead(405, { allow: "POST" }).end()
    const body = await readBody(request)
    if (body === undefined) return response.writeHead(413).end()
    response.writeHead(200, { "content-type": "application/json" }).end(answerBody(methods, body))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return { url: `http://127.0.0.1:${portOf(server)}`, stop: () => close(server) }
}

/** The response to one HTTP body, empty when it held notifications only. */
function answerBody(methods: ReadonlyMap<string, RpcMethod>, body: string): string {
  const requests = parse(body)
  if (requests === undefined) return serialize(failure(null, new RpcError(PARSE_ERROR, "Parse error")))
  if (!Array.isArray(requests)) return serialize(answer(methods, requests))
  if (requests.length === 0) return serialize(failure(null, new RpcError(INVALID_REQUEST, "Invalid request")))
  const answers = requests.map(request => answer(methods, request)).filter(one => one !== undefined)
  return answers.length === 0 ? "" : serialize(answers)
}

function answer(methods: ReadonlyMap<string, RpcMethod>, raw: unknown) {
  const request = requestSchema.safeParse(raw)
  if (!request.success) return failure(null, new RpcError(INVALID_REQUEST, "Invalid request"))
  const { id, method, params } = request.data
  try {
    const run = methods.get(method)
    if (run === undefined) throw new RpcError(METHOD_NOT_FOUND, `Method not found: ${method}`)
    const result = run(params)
    return id === undefined ? undefined : { jsonrpc: "2.0", result, id }
  } catch (error) {
    return id === undefined ? undefined : failure(id, asRpcError(error))
  }
}

function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error
  if (error instanceof z.ZodError) return new RpcError(INVALID_PARAMS, `Invalid params: ${z.prettifyError(error)}`)
  return new RpcError(INTERNAL_ERROR, `Internal error: ${error instanceof Error ? error.stack : String(error)}`)
}

const failure = (id: string | number | null, { code, message, data }: RpcError) => ({
  jsonrpc: "2.0",
  error: data === undefined ? { code, message } : { code, message, data },
  id,
})

/** u64 values are plain JSON numbers in this protocol, whatever that costs beyond 2^53. */
const serialize = (value: unknown): string =>
  value === undefined ? "" : JSON.stringify(value, (_, field) => (typeof field === "bigint" ? Number(field) : field))

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}

function portOf(server: Server): number {
  const at = server.address()
  if (at === null || typeof at === "string") throw new Error(`the RPC server listens at ${at}, not on a port`)
  return at.port
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, "close")
  server.close()
  server.closeAllConnections()
  await closed
}
