import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { json, startFakeOpenai, type FakeOpenai } from '../support/fake-openai.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { expectBalanced } from './afterwards.ts'

/* One bad word of a vendor costs one task, and no one else's: nothing is a 500, nothing is sent twice, everything ends. */

const MINUTE = 60_000

describe.each(kinds)('on %s', kind => {
  let vendor: FakeOpenai
  let server: TestServer

  beforeEach(async () => {
    vendor = await startFakeOpenai()
    const env = { RECONCILE_AFTER_MS: '3000', TASK_DEADLINE_MS: String(MINUTE) }
    server = await startTestServer({ kind, env })
    await server.call('POST', '/admin/channels', vendor.channel())
  })
  afterEach(async () => {
    await server.close()
    await vendor.close()
  })

  const create = (prompt = 'a cat') => server.call('POST', '/openai/v1/videos', { model: 'm', prompt })
  const inspect = async (id: string) => (await server.call('GET', `/admin/tasks/${id}`)).body

  const words: [string, string][] = [
    ['half an emoji', '\\ud83d cut'],
    ['U+0000', 'a\\u0000b'],
    ['a text without end', 'word '.repeat(20_000)],
    ['nothing but emojis', '😀'.repeat(3000)]
  ]

  test.each(words)('%s in a refusal is the POST’s own error', async (_what, message) => {
    for (const status of [400, 422, 200]) {
      vendor.onSubmit = () => ({ status, text: `{"error":{"message":"${message}","code":"invalid_${message}"}}` })
      const { status: answered, body } = await create()
      expect(answered, JSON.stringify(body)).toBeLessThan(503)
      expect(answered).not.toBe(500)
      expect(JSON.stringify(body).length).toBeLessThan(5000)
    }
    expect(vendor.submits).toHaveLength(3)
  })

  test.each(words)('%s in a failed task is stored and shown', async (_what, message) => {
    const { body: made } = await create()
    vendor.onPoll = () => ({ text: `{"status":"failed","error":{"message":"${message}","code":"${message}"}}` })
    const video = await server.finished(made.id)
    expect(video).toMatchObject({ status: 'failed', error: { code: 'generation_failed' } })
    expect(video.error.message.length).toBeLessThanOrEqual(500)
    expect(video.error.message.isWellFormed()).toBe(true)
    const { attempts } = await inspect(made.id)
    expect(attempts[0].failure.message.length).toBeLessThanOrEqual(2000)
    await expectBalanced(server.services.database)
  })

  test.each([
    ['half an emoji', 'up-\\ud83d'],
    ['U+0000', 'up-\\u0000'],
    ['513 characters', 'i'.repeat(513)],
    ['3,000 characters', 'é'.repeat(3000)]
  ])('an id with %s cannot be followed: unresolved, submitted once, ended', async (_what, id) => {
    vendor.onSubmit = () => ({ text: `{"id":"${id}","status":"queued"}` })
    vendor.onList = () => ({ text: `{"data":[{"id":"${id}","prompt":"a cat","created_at":${Date.now() / 1000}}]}` })
    const { status, body } = await create()
    expect(status).toBe(200)
    expect(await server.finished(body.id)).toMatchObject({ error: { code: 'submit_outcome_unknown' } })
    expect(vendor.submits).toHaveLength(1)
    expect((await inspect(body.id)).attempts).toMatchObject([{ outcome: 'unknown', upstream_id: null }])
    await expectBalanced(server.services.database)
  })

  test('an id of 512 characters is an id', async () => {
    vendor.onSubmit = () => json({ id: 'i'.repeat(512), status: 'queued' })
    vendor.onPoll = () => json({ status: 'completed', url: 'https://cdn.vendor.test/v.mp4' })
    const { body } = await create()
    expect(await server.finished(body.id)).toMatchObject({ status: 'completed' })
  })

  test('one id given twice: the first keeps it, the second is unresolved and sent once', async () => {
    vendor.onSubmit = () => json({ id: 'up-same', status: 'queued' })
    const first = (await create('first')).body
    const { status, body: second } = await create('second')
    expect(status).toBe(200)
    vendor.onPoll = () => json({ status: 'completed', url: 'https://cdn.vendor.test/v.mp4' })
    expect(await server.finished(second.id)).toMatchObject({ error: { code: 'submit_outcome_unknown' } })
    expect(await server.finished(first.id)).toMatchObject({ status: 'completed' })
    expect(vendor.submits).toHaveLength(2)
    await expectBalanced(server.services.database)
  })

  test('a poll without end: 100,000 levels, the deadline ends it', async () => {
    const { body: made } = await create()
    vendor.onPoll = () => ({ text: '{"status":'.repeat(100_000) + '1' + '}'.repeat(100_000) })
    await server.advance(MINUTE - 1000)
    expect((await server.call('GET', `/openai/v1/videos/${made.id}`)).body).toMatchObject({ status: 'in_progress' })
    await server.advance(2000)
    expect((await server.call('GET', `/openai/v1/videos/${made.id}`)).body).toMatchObject({
      status: 'failed',
      error: { code: 'expired' }
    })
    // its hold and slot stay until the vendor ends it
    vendor.onPoll = () => json({ status: 'failed', error: { message: 'Too slow.' } })
    for (let round = 0; round < 5; round++) await server.advance(5 * MINUTE)
    await expectBalanced(server.services.database)
  })

  test('`Retry-After: 0` does not make polls a flood', async () => {
    vendor.onPoll = () => ({ status: 429, headers: { 'retry-after': '0' }, text: '{"error":{"message":"slow down"}}' })
    await create()
    const before = vendor.polls.length
    for (let round = 0; round < 20; round++) {
      await server.advance(250)
      await sleep(5)
    }
    // five seconds, and two between polls
    expect(vendor.polls.length - before).toBeLessThanOrEqual(4)
    expect(vendor.polls.length - before).toBeGreaterThan(0)
  })
})

test('a reference lookup that finds another task’s id ends at once', async () => {
  const vendor = await startFakeCloudsway()
  const server = await startTestServer({ env: { RECONCILE_AFTER_MS: '3000' } })
  await server.call('POST', '/admin/channels', vendor.channel())
  const create = (prompt: string) =>
    server.call('POST', '/openai/v1/videos', { model: 'kling-v1', prompt, seconds: '5' })
  const data = (id: string) => ({
    code: 0,
    message: 'SUCCEED',
    request_id: 'r',
    data: { task_id: id, task_status: 'submitted' }
  })
  vendor.onSubmit = () => ({ status: 200, body: data('up-same') })
  await create('first')
  const { body: second } = await create('second')
  vendor.onPoll = () => ({ status: 200, body: data('up-same') })
  for (const { externalId, body } of vendor.submits)
    vendor.tasks.set(externalId, { id: 'up-same', externalId, path: '', body, polls: 0 })
  await server.advance(4000)
  expect((await server.call('GET', `/admin/tasks/${second.id}`)).body.attempts).toMatchObject([{ outcome: 'unknown' }])
  expect(vendor.submits).toHaveLength(2)
  await server.close()
  await vendor.close()
})
