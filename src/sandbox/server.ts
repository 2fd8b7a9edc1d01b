import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify'
import { type Answer, no, proxyPage } from './answer.ts'
import { serveFiles } from './files.ts'
import { openOperations, type SharedState } from './operations.ts'
import { list, poll } from './poll.ts'
import { capabilities } from './request.ts'
import { submit } from './submit.ts'

export interface SandboxOptions {
  /** milliseconds */
  now(): number
  log?: { info(fields: object, message: string): void }
  /** where accepted operations are stored, so that they survive a kill of the process; absent: only in memory */
  stateFile?: string
  /** where all nodes find each other's operations; absent: there is one node */
  shared?: SharedState
  /** default: random */
  credential?: string
  /** of the links to files; default: the address it listens on */
  origin?: string
  /** waits for `latency_ms`; absent: in real time */
  wait?(milliseconds: number, signal: AbortSignal): Promise<void>
}

export interface Sandbox {
  /** an origin on 127.0.0.1; the port may change with every start */
  url: string
  credential: string
  endpointPath: string
  close(): Promise<void>
}

const endpointPath = 'sandbox'

/** Starts a vendor with Cloudsway's Kling API (documents/cloudsway-maas-kl.txt), which makes marked, playable videos. */
export async function startSandbox({
  now,
  log,
  stateFile,
  shared,
  credential = randomBytes(32).toString('base64url'),
  origin,
  wait = passTime
}: SandboxOptions): Promise<Sandbox> {
  const operations = openOperations(stateFile, now(), shared)
  const closing = new AbortController()
  let url = ''
  const urlOf = (path: string) => (origin ?? url) + path

  const app = fastify({
    bodyLimit: 40 * 1024 * 1024,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1024 }
  })
  answerErrors(app)
  serveFiles(app, operations, now)
  await app.register(async api => {
    api.addHook('onRequest', async (request, reply) => {
      const refusal = refusalOf(request.headers.authorization, credential)
      if (refusal) return send(refusal, reply)
    })
    for (const capability of capabilities) {
      const path = `/v1/ai/${endpointPath}/kling/videos/${capability}`
      api.post(path, async (request, reply) => {
        const { answer, accepted, latency } = await submit(operations, capability, request.body, now())
        if (accepted)
          log?.info({ id: accepted.id, model: accepted.model, faults: accepted.faults }, 'sandbox task accepted')
        if (latency > 0) await wait(latency, closing.signal)
        return send(answer, reply)
      })
      api.get<{ Querystring: Record<string, unknown> }>(path, (request, reply) =>
        send(list(operations, request.query, { capability, now: now(), urlOf }), reply)
      )
      api.get<{ Params: { id: string } }>(`${path}/:id`, async (request, reply) =>
        send(await poll(operations, request.params.id, { capability, now: now(), urlOf }), reply)
      )
    }
  })

  const port = await listen(app, operations.lastPort)
  operations.servedFrom(port)
  url = `http://127.0.0.1:${port}`
  return {
    url,
    credential,
    endpointPath,
    close: async () => {
      closing.abort()
      await app.close()
    }
  }
}

/** Listens on this port, or on any free one when it is in use. */
async function listen(app: FastifyInstance, port: number): Promise<number> {
  try {
    await app.listen({ host: '127.0.0.1', port })
  } catch (error) {
    if (port === 0) throw error
    await app.listen({ host: '127.0.0.1', port: 0 })
  }
  // true because the server listens on TCP, not on a pipe
  return (app.server.address() as AddressInfo).port
}

async function passTime(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal, ref: false })
}

function send(answer: Answer, reply: FastifyReply): FastifyReply {
  if (answer.kind === 'json') return reply.code(answer.status).send(answer.body)
  if (answer.kind === 'page') return reply.code(answer.status).type('text/html').send(proxyPage(answer.status))
  reply.hijack()
  reply.raw.destroy()
  return reply
}

/** Kling's codes 1001 and 1002 (kling.md §5). */
function refusalOf(authorization: string | undefined, credential: string): Answer | null {
  if (!authorization) return no({ status: 401, code: 1001, message: 'Authorization is empty' })
  const given = Buffer.from(authorization)
  const right = Buffer.from(`Bearer ${credential}`)
  if (given.length === right.length && timingSafeEqual(given, right)) return null
  return no({ status: 401, code: 1002, message: 'Authorization is invalid' })
}

/** Answers unknown paths and invalid JSON in the vendor's envelope (1203: no such resource; 1201: invalid parameters). */
function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) =>
    send(no({ status: 404, code: 1203, message: 'The requested resource does not exist' }), reply)
  )
  app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    const status = error.statusCode ?? 500
    send(no({ status, code: status < 500 ? 1201 : 5000, message: error.message }), reply)
  })
}
