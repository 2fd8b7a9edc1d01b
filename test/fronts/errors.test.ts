import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { formats, fronts } from '../../src/fronts/index.ts'
import type { Front } from '../../src/fronts/front.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { refusalOf } from './refusals.ts'

/* Errors from everywhere at a front's paths, over HTTP, have the shape that the front writes. */

const server = forAllTests(() => startTestServer({ env: { FAILED_AUTH_PER_MINUTE: '10000' } }))
const all: readonly Front[] = [...formats, ...fronts]

const json = { 'content-type': 'application/json' }
const requests = {
  'no key': ['invalid_api_key', { key: null, headers: json, body: '{}' }],
  'a body that is no JSON': ['invalid_request', { headers: json, body: '{' }],
  'a body that is neither JSON nor a form': [
    'unsupported_media_type',
    { headers: { 'content-type': 'text/plain' }, body: 'x' }
  ],
  'a compressed body': ['unsupported_media_type', { headers: { ...json, 'content-encoding': 'gzip' }, body: '{}' }]
} as const satisfies Record<string, readonly [ErrorCode, Parameters<typeof server.ask>[1]]>

/** The names of everything in a value. */
const shapeOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]))
    : 'value'

/** The path of the front's first create, with the query that Jimeng's one path needs. */
function createOf({ routes }: Front): string {
  const create = routes.find(({ does, method }) => does === 'create' && method === 'POST')!
  return `${create.path.replaceAll(/\{\w+\}/g, 'a').replace('*', 'a/b')}?Action=CVSync2AsyncSubmitTask`
}

describe.each(all)('$id', front => {
  test.each(Object.entries(requests))('%s', async (_name, [code, request]) => {
    const answer = await server.ask(createOf(front), { method: 'POST', ...request })
    const expected = front.error(refusalOf(code))
    expect(answer.status).toBe(expected.status)
    expect(shapeOf(await answer.json())).toEqual(shapeOf(expected.body))
  })

  test('too many requests', async () => {
    const key = await server.memberKey({ requests_per_minute: 1 })
    const ask = () => server.ask(createOf(front), { method: 'POST', key, headers: json, body: '{}' })
    await (await ask()).text()
    const answer = await ask()
    const expected = front.error(refusalOf('rate_limit_exceeded'))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([
      expected.status,
      expect.stringMatching(/^\d+$/)
    ])
    expect(shapeOf(await answer.json())).toEqual(shapeOf(expected.body))
  })
})
