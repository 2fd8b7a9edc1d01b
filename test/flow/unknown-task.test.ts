import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* A vendor that says on end that it does not know a task ends it, long before the deadline. */

const HOUR = 3_600_000

async function startForgetful() {
  const app = Fastify({ forceCloseConnections: true })
  app.post('/api/v3/*', async () => ({ code: 200, data: { id: 'p-1', status: 'created' } }))
  app.get('/api/v3/predictions/:id', (_, reply) => reply.code(404).send({ code: 404, message: 'no such prediction' }))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, close: () => app.close() }
}

describe.each(kinds)('on %s', kind => {
  const vendor = forEachTest(startForgetful)
  const server = forEachTest(() => startTestServer({ kind, env: { TASK_DEADLINE_MS: String(24 * HOUR) } }))

  test('a prediction that is unknown five times in a row has failed', async () => {
    await server.newChannel({
      name: 'forgetful',
      vendor: 'prediction',
      base_url: vendor.url,
      credential: 'fake-credential-canary',
      models: { wan: 'acme/wan' },
      options: { preset: 'wavespeed' }
    })
    const { body } = await server.call('POST', '/openai/v1/videos', { model: 'wan', prompt: 'a cat' })
    for (let poll = 0; poll < 6; poll++) await server.advance(HOUR / 2)
    expect((await server.inspect(body.id)).attempts).toMatchObject([{ failure: { kind: 'not_found' } }])
    expect((await server.call('GET', `/openai/v1/videos/${body.id}`)).body.status).toBe('failed')
  })
})
