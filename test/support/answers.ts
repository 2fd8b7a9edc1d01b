import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach } from 'vitest'
import type { Check } from './answers-check.ts'

/*
 * Every answer of a server in the tests' own process is compared with the OpenAPI document: route, status, content type, error code, and every
 * field of JSON. The test that met a difference fails. What to change: src/http/openapi.
 */

const problems = new Set<string>()
let checked = 0

/** How many answers were compared in this file so far. */
export const answersChecked = () => checked

// Fastify says so of every instance, so nothing of ours has to be told
subscribe('fastify.initialization', watch)
afterAll(() => void unsubscribe('fastify.initialization', watch))

function watch(message: unknown) {
  const { fastify: app } = message as { fastify: FastifyInstance } // as Fastify documents it
  let check: Check | undefined
  app.addHook('onReady', async () => {
    // tests also make apps of single plugins
    if (app.hasRequestDecorator('caller')) check = await (await import('./answers-check.ts')).documentCheck()
  })
  app.addHook('onSend', (request, reply, payload, done) => {
    if (check) checked++
    for (const problem of check?.(request, reply, payload) ?? []) problems.add(problem)
    done(null, payload)
  })
}

for (const after of [afterEach, afterAll])
  after(() => {
    const found = [...problems]
    problems.clear()
    if (found.length) throw new Error(`answers that src/http/openapi does not describe:\n${found.join('\n')}`)
  })
