import { GatewayError, type Estimate, type Gateway, type Model, type Page, type Video } from '../../mcp/gateway.ts'
import { ask, readJson, Unreachable, type Client } from '../client.ts'
import { CommandFailure } from '../exit.ts'
import { withRetries } from '../retry.ts'

/** Returns the gateway that a client talks to. A create whose answer is lost is repeated under its key, which makes no second video. */
export function createHttpGateway(client: Client): Gateway {
  const path = (id: string) => `/openai/v1/videos/${encodeURIComponent(id)}`
  return {
    create: (body, idempotencyKey) =>
      withRetries(async () => {
        const headers = { 'idempotency-key': idempotencyKey }
        const answer = await client.send({ method: 'POST', path: '/openai/v1/videos', body, headers })
        return readJson<Video>(answer)
      }).catch((error: unknown) => {
        if (!(error instanceof Unreachable)) throw asGatewayError(error)
        throw new GatewayError(
          'unreachable',
          `${error.message} Whether the video is being made is not known. Repeat the call with idempotency_key "${idempotencyKey}": it is never paid twice.`
        )
      }),

    get: (id, seconds, signal) =>
      telling(async () => {
        const query = seconds > 0 ? `?wait=${seconds}` : ''
        return readJson<Video>(await client.send({ method: 'GET', path: path(id) + query, signal }))
      }),

    list: ({ limit, after }) =>
      telling(() => {
        const query = new URLSearchParams({ limit: String(limit), ...(after !== undefined && { after }) })
        return ask<Page>(client, 'GET', `/openai/v1/videos?${query}`)
      }),

    cancel: id => telling(() => ask<Video>(client, 'POST', `${path(id)}/cancel`)),
    models: async () => (await telling(() => ask<{ data: Model[] }>(client, 'GET', '/v1/videos/models'))).data,
    estimate: fields => telling(() => ask<Estimate>(client, 'POST', '/v1/videos/estimate', fields))
  }
}

const telling = <Result>(work: () => Promise<Result>): Promise<Result> =>
  work().catch((error: unknown) => {
    throw asGatewayError(error)
  })

function asGatewayError(error: unknown): unknown {
  if (!(error instanceof CommandFailure)) return error
  const { code } = Object(error.error) as { code?: unknown } // safe on any value
  return new GatewayError(typeof code === 'string' ? code : 'failed', error.message)
}
