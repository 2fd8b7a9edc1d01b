import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { jimeng } from '../../src/vendors/jimeng/index.ts'
import type { HttpAnswer, VideoRequest } from '../../src/vendors/vendor.ts'
import { sentBy } from '../support/drafts.ts'

/* What the vectors cannot say: the model that is billed, the bytes that are signed, credentials, the probe. */

const credential = { access_key: 'AK', secret_key: 'SK' }
const channel = { baseUrl: 'https://visual.volcengineapi.com', credential, options: {} }
const video: VideoRequest = { model: 'jimeng_vgfm_t2v_l20', prompt: '海浪', images: [], metadata: {} }

const submit = (request: Partial<VideoRequest>) => jimeng.submit({ ...video, ...request }, channel)
const sent = (request: Partial<VideoRequest>) => sentBy(jimeng, { ...video, ...request }, channel)

test('metadata.req_key is the model of the submission, so that it is the one that is billed', () => {
  const submission = submit({
    images: [{ source: 'https://example.com/1.png', role: 'first' }],
    metadata: { req_key: 'jimeng_vgfm_i2v_l20' }
  })
  expect(submission).toMatchObject({ kind: 'draft', model: 'jimeng_vgfm_i2v_l20' })
})

test.each([
  ['the same key', { metadata: { req_key: 'jimeng_vgfm_t2v_l20' } }],
  ['an empty key', { metadata: { req_key: '' } }],
  ['a key that is no text', { metadata: { req_key: 5 } }],
  ['an alias, which stays the model whatever key it stands for', { model: 'jimeng_v30' }]
])('the model is not changed by %s', (_what, request) => {
  const submission = submit(request)
  expect(submission.kind).toBe('draft')
  expect(submission).not.toHaveProperty('model')
})

test('metadata.req_key may be an alias: it is billed by that name', () => {
  const request = { metadata: { req_key: 'jimeng_v30_pro' } }
  expect(submit(request)).toMatchObject({ model: 'jimeng_v30_pro' })
  expect(sent(request)).toMatchObject({ body: { json: { req_key: 'jimeng_ti2v_v30_pro' } } })
})

test.each(['constructor', 'toString', '__proto__'])(
  'the key %s is unknown, not a property of every object',
  req_key => {
    expect(sent({ metadata: { req_key } })).toMatchObject({ body: { json: { req_key } } })
  }
)

test('the bytes that are signed are those of JSON.stringify', () => {
  const request = sent({ prompt: '海浪 "\\ \u2028 é' })
  const { headers } = jimeng.sign(request, channel, 0)
  const bytes = JSON.stringify(request.body && 'json' in request.body && request.body.json)
  expect(headers?.['x-content-sha256']).toBe(createHash('sha256').update(bytes).digest('hex'))
})

test.each([
  ['AK|SK', { access_key: 'AK', secret_key: 'SK' }],
  [' AK|SK== \n', { access_key: 'AK', secret_key: 'SK==' }],
  ['AK|SK|TOKEN', { access_key: 'AK', secret_key: 'SK', session_token: 'TOKEN' }],
  ['AK', null],
  ['AK|', null],
  ['|SK', null],
  ['AK|SK|TOKEN|more', null],
  ['A K|SK', null],
  ['', null]
])('the credential %j is read', (text, fields) => {
  expect(jimeng.credential.parse(text)).toEqual(fields)
})

test('a documented code in an HTTP 200 is a sure no, so that the task may be sent elsewhere', () => {
  const body = { code: 50_430, data: null, message: 'Request Has Reached API Concurrent Limit, Please Try Later' }
  const answer: HttpAnswer = { status: 200, headers: {}, body }
  const outcome = jimeng.submitted(answer, video, channel)
  expect(outcome).toMatchObject({ status: 'rejected', failure: { kind: 'concurrency_limit', code: '50430' } })
  expect(outcome).not.toHaveProperty('outcomeUnknown')
})

test('the probe asks for a task that cannot be there, and only the gateway can refuse the credential', () => {
  expect(jimeng.probe!(channel)).toMatchObject({ query: { Action: 'CVSync2AsyncGetResult' } })
  const answer = (status: number, body: unknown): HttpAnswer => ({ status, headers: {}, body })
  const bad = { ResponseMetadata: { Error: { CodeN: 100_009, Code: 'InvalidAccessKey', Message: 'no such key' } } }
  expect(jimeng.probed!(answer(401, bad))).toMatchObject({ kind: 'auth', code: '100009' })
  expect(jimeng.probed!(answer(200, { code: 10_000, data: { status: 'not_found' } }))).toBeNull()
  // the account may have opened other request keys than the one that is asked for
  expect(jimeng.probed!(answer(400, { code: 50_400, message: 'Access Denied' }))).toBeNull()
})
