import { describe, expect, test } from 'vitest'
import { startFakeCloudsway, type FakeCloudsway } from '../support/fake-cloudsway.ts'
import { kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const request = { model: 'kling-v1', prompt: 'a cat', seconds: '5' }
const MINUTE = 60_000

describe.each(kinds)('the engine on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const other = forEachTest(startFakeCloudsway)
  const server = forEachTest(() => startTestServer({ kind, env: { RECONCILE_AFTER_MS: '3000' } }))

  const addChannel = (fake: FakeCloudsway, more = {}) => server.newChannel(fake.channel(more))
  const create = (body: object = request, options = {}) => server.call('POST', '/openai/v1/videos', body, options)
  const get = async (id: string) => (await server.call('GET', `/openai/v1/videos/${id}`)).body

  describe('a vendor that says no at submit', () => {
    test.each([
      [{ status: 400, body: { code: 1201, message: 'duration is wrong' } }, 400, 'invalid_request'],
      [{ status: 400, body: { code: 1301, message: 'sensitive' } }, 400, 'content_policy_violation'],
      [{ status: 401, body: { code: 1002, message: 'bad key' } }, 502, 'upstream_error'],
      [{ status: 429, body: { code: 1102, message: 'balance not enough' } }, 502, 'upstream_error'],
      [{ status: 503, body: { code: 5001, message: 'maintenance' } }, 502, 'upstream_error']
    ])('%j is the POST’s %i %s, and the video is not listed', async (answer, status, code) => {
      await addChannel(vendor)
      vendor.onSubmit = () => answer
      const refused = await create()
      expect(refused).toMatchObject({ status, body: { error: { code } } })
      expect(JSON.stringify(refused.body)).not.toContain('canary')
      expect((await server.call('GET', '/v1/videos')).body.data).toEqual([])
      expect(vendor.submits).toHaveLength(1)
    })

    test('goes to the next channel, and is paid once', async () => {
      await addChannel(vendor, { priority: 10 })
      await addChannel(other)
      vendor.onSubmit = () => ({ status: 429, body: { code: 1303, message: 'parallel task over resource pack limit' } })
      const { status, body } = await create()
      expect(status).toBe(200)
      expect([vendor.submits.length, other.submits.length]).toEqual([1, 1])
      expect((await server.inspect(body.id)).attempts).toMatchObject([
        { outcome: 'rejected', failure: { kind: 'concurrency_limit', code: '1303' } },
        { outcome: 'accepted', upstream_id: 'up-1' }
      ])
      expect(await server.finished(body.id)).toMatchObject({ status: 'completed' })
    })

    test('a full account is waited for, not passed on to the client', async () => {
      await addChannel(vendor)
      let full = true
      vendor.onSubmit = () => (full ? { status: 429, body: { code: 1303, message: 'full' } } : 'accept')
      const { status, body } = await create()
      expect(status).toBe(200)
      expect(body).toMatchObject({ status: 'queued', metadata: { queue_position: 1 } })
      full = false
      await server.advance(MINUTE)
      expect(await server.finished(body.id)).toMatchObject({ status: 'completed' })
    })

    test('a channel with a bad key is taken out of service, says why, and comes back with a new key', async () => {
      const id = await addChannel(vendor)
      vendor.onSubmit = () => ({ status: 401, body: { code: 1002, message: 'bad key' } })
      await create()
      expect((await server.call('GET', `/admin/channels/${id}`)).body.health).toMatchObject({
        state: 'disabled',
        reason: 'auth'
      })
      expect((await create()).status).toBe(503)
      expect(vendor.submits).toHaveLength(1)
      vendor.onSubmit = () => 'accept'
      await server.call('PATCH', `/admin/channels/${id}`, { credential: 'a-new-key' })
      expect((await create()).status).toBe(200)
      expect(vendor.submits.at(-1)!.headers.authorization).toBe('Bearer a-new-key')
    })

    test.each([
      ['a plan that is used up rests until its time', 429, 1102, 'cooling'],
      ['a bad key is a bad key, whatever it says of a time', 401, 1002, 'disabled']
    ])('%s', async (_what, status, code, state) => {
      const id = await addChannel(vendor)
      vendor.onSubmit = () => ({ status, body: { code, message: 'no' }, headers: { 'retry-after': '1800' } })
      await create()
      expect((await server.call('GET', `/admin/channels/${id}`)).body.health).toMatchObject({ state })
    })
  })

  test('a model that the vendor does not have rests on its channel, which goes on with its others', async () => {
    const first = await addChannel(vendor, { priority: 10, models: { 'kling-v1': 'kling-v1', other: 'kling-v1-6' } })
    await addChannel(other)
    vendor.onSubmit = ({ model_name }) =>
      model_name === 'kling-v1' ? { status: 404, body: { code: 1203, message: 'the model does not exist' } } : 'accept'
    for (const taken of [1, 2]) {
      expect((await create()).status).toBe(200)
      // only the first create asks the channel that lacks the model
      expect([vendor.submits.length, other.submits.length]).toEqual([1, taken])
    }
    expect((await server.call('GET', `/admin/channels/${first}`)).body.health).toMatchObject({ state: 'ok' })
    expect((await create({ ...request, model: 'other' })).status).toBe(200)
    expect(vendor.submits).toHaveLength(2)
    await server.advance(6 * MINUTE)
    await create()
    expect(vendor.submits).toHaveLength(3)
  })

  describe('a submit whose answer is lost', () => {
    test('is answered with the waiting task, settled by lookup, and never sent twice', async () => {
      await addChannel(vendor)
      vendor.onSubmit = () => 'drop after accept'
      const { status, body } = await create()
      expect(status).toBe(200)
      expect(body.status).toBe('queued')
      expect((await server.inspect(body.id)).attempts).toMatchObject([{ outcome: 'unknown' }])
      await server.advance(3000)
      expect(await server.finished(body.id)).toMatchObject({ status: 'completed' })
      expect(vendor.submits).toHaveLength(1)
    })

    test('an HTTP 502 is as ambiguous as no answer', async () => {
      await addChannel(vendor)
      vendor.onSubmit = () => ({ status: 502, body: '<html>bad gateway</html>' })
      const { body } = await create()
      expect(body.status).toBe('queued')
      vendor.onSubmit = () => 'accept'
      await server.advance(3000)
      expect(await server.finished(body.id)).toMatchObject({ status: 'completed' })
      // the vendor surely did not have it: sent again under the same external id
      expect(vendor.submits).toHaveLength(2)
      expect(vendor.submits[0]!.externalId).toBe(vendor.submits[1]!.externalId)
    })

    test('is found again when the vendor first denied having it: sent under the same id, refused as a twin, looked up, adopted', async () => {
      await addChannel(vendor)
      vendor.onSubmit = () => 'drop after accept'
      let lookups = 0
      vendor.onLookup = () => ++lookups > 1
      const { body } = await create()
      vendor.onSubmit = () => 'accept'
      await server.advance(3000)
      expect(await server.finished(body.id)).toMatchObject({ status: 'completed' })
      expect(vendor.tasks.size).toBe(1)
      expect(new Set(vendor.submits.map(({ externalId }) => externalId)).size).toBe(1)
    })

    test('never fails over while its outcome is unknown', async () => {
      await addChannel(vendor, { priority: 1 })
      await addChannel(other)
      vendor.onSubmit = () => 'drop after accept'
      const { body } = await create()
      await server.advance(3000)
      await server.finished(body.id)
      expect(other.submits).toHaveLength(0)
    })
  })

  describe('polls', () => {
    test('errors, nonsense and unknown words never end a task', async () => {
      await addChannel(vendor)
      const answers: ReturnType<FakeCloudsway['onPoll']>[] = [
        { status: 500, body: 'oops' },
        { status: 429, body: { code: 1302, message: 'slow down' } },
        { status: 401, body: { code: 1002, message: 'no' } },
        { status: 404, body: { code: 1203, message: 'not found' } },
        { status: 200, body: [] },
        'a-word-nobody-knows',
        'processing'
      ]
      vendor.onPoll = ({ polls }) => answers[polls - 1] ?? 'succeed'
      const { body } = await create()
      expect(await server.finished(body.id)).toMatchObject({ status: 'completed', error: null })
    })

    test('a vendor that says nothing delays the polls of no other', async () => {
      await addChannel(vendor)
      const silent = await create()
      let answer = () => {}
      vendor.onPoll = () => new Promise<string>(resolve => (answer = () => resolve('succeed')))
      await addChannel(other, { models: { other: 'kling-v1' } })
      const quick = await create({ ...request, model: 'other' })
      void server.advance(5000)
      await expect.poll(async () => (await get(quick.body.id)).status, { timeout: 10_000 }).toBe('in_progress')
      void server.advance(5000)
      await expect.poll(async () => (await get(quick.body.id)).status, { timeout: 10_000 }).toBe('completed')
      expect((await get(silent.body.id)).status).toBe('in_progress')
      answer()
    })

    test('a failed generation says why, and releases its slot', async () => {
      const id = await addChannel(vendor, { max_concurrency: 1 })
      vendor.onPoll = () => 'failed'
      vendor.reason = 'Failure to pass the risk control system'
      const { body } = await create()
      expect(await server.finished(body.id)).toMatchObject({
        status: 'failed',
        error: { code: 'content_policy_violation', message: vendor.reason }
      })
      expect((await server.call('GET', `/admin/channels/${id}`)).body.in_flight).toBe(0)
    })

    test('a task that never ends is failed at its deadline, after one more look', async () => {
      await addChannel(vendor)
      vendor.onPoll = () => 'processing'
      const { body } = await create()
      await server.advance(7 * 60 * MINUTE)
      expect(await get(body.id)).toMatchObject({ status: 'failed', error: { code: 'expired' } })
    })

    test('retry_failed makes a broken generation again elsewhere; without it the task fails', async () => {
      await addChannel(vendor, { priority: 1 })
      await addChannel(other)
      vendor.onPoll = () => 'failed'
      vendor.reason = 'internal error'
      await server.call('PUT', '/admin/models/kling-v1', { retry_failed: true })
      const { body } = await create()
      const ended = await server.finished(body.id)
      const { attempts } = await server.inspect(body.id)
      if (attempts[0].failure?.kind === 'server') {
        expect(ended.status).toBe('completed')
        expect(attempts).toHaveLength(2)
      } else expect(ended.status).toBe('failed')
      await server.call('PATCH', '/admin/models/kling-v1', { retry_failed: false })
      const again = await create({ ...request, prompt: 'another' })
      expect((await server.finished(again.body.id)).status).toBe('failed')
    })
  })

  describe('slots', () => {
    test('never more than max_concurrency at the vendor; everybody is served', async () => {
      await addChannel(vendor, { max_concurrency: 3 })
      const made = await Promise.all(Array.from({ length: 12 }, (_, n) => create({ ...request, prompt: `p${n}` })))
      expect(made.every(({ status }) => status === 200)).toBe(true)
      expect(vendor.submits).toHaveLength(3)
      for (const { body } of made) expect(await server.finished(body.id)).toMatchObject({ status: 'completed' })
      expect(vendor.mostRunning()).toBe(3)
      expect(vendor.submits).toHaveLength(12)
    })

    test('a key that fills the queue does not delay the others', async () => {
      await addChannel(vendor, { max_concurrency: 1 })
      const hog = await server.memberKey()
      const guest = await server.memberKey()
      await Promise.all(Array.from({ length: 20 }, (_, n) => create({ ...request, prompt: `hog ${n}` }, { key: hog })))
      const { body } = await create({ ...request, prompt: 'guest' }, { key: guest })
      await server.finished(body.id, guest)
      const before = vendor.submits.findIndex(({ body: sent }) => sent.prompt === 'guest')
      expect(before).toBeLessThanOrEqual(3)
    })

    test('a key that fills the queue gets a 503, the others their share of it', async () => {
      const small = await startTestServer({ kind, env: { MAX_QUEUED: '4' } })
      await small.newChannel(vendor.channel({ max_concurrency: 1 }))
      vendor.onPoll = () => 'processing'
      const [hog, guest, other] = [await small.memberKey(), await small.memberKey(), await small.memberKey()]
      const ask = async (key: string, count: number) => {
        const answers = []
        for (let n = 0; n < count; n++)
          answers.push(await small.call('POST', '/v1/videos', { ...request, prompt: `p${n}` }, { key }))
        return answers.map(({ status, body }) => (status === 200 ? 200 : body.code))
      }
      expect(await ask(hog, 7)).toEqual([200, 200, 200, 200, 200, 'overloaded', 'overloaded'])
      expect(await ask(guest, 3)).toEqual([200, 200, 'overloaded'])
      expect(await ask(other, 2)).toEqual([200, 'overloaded'])
      await small.close()
    })

    test("a key's own max_concurrency and max_queued hold, and leave others alone", async () => {
      await addChannel(vendor)
      const key = await server.memberKey({ max_concurrency: 1, max_queued: 2 })
      const answers = []
      for (let n = 0; n < 4; n++) answers.push(await create({ ...request, prompt: `p${n}` }, { key }))
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429])
      expect(answers[3]!.body.error.code).toBe('rate_limit_exceeded')
      expect(Number(answers[3]!.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(vendor.submits).toHaveLength(1)
      expect((await create({ ...request, prompt: 'other key' })).body.status).toBe('in_progress')
    })

    test('a wait that is too long fails the task', async () => {
      await addChannel(vendor, { max_concurrency: 1 })
      vendor.onPoll = () => 'processing'
      await create()
      const { body } = await create({ ...request, prompt: 'second' })
      await server.advance(61 * MINUTE)
      expect(await get(body.id)).toMatchObject({ status: 'failed', error: { code: 'expired' } })
    })
  })

  describe('cancel and delete', () => {
    test('a waiting task leaves the queue; a running one is cancelled; both end failed with code cancelled', async () => {
      await addChannel(vendor, { max_concurrency: 1 })
      vendor.onPoll = () => 'processing'
      const running = await create()
      const waiting = await create({ ...request, prompt: 'second' })
      for (const { body } of [waiting, running]) {
        const cancelled = await server.call('POST', `/openai/v1/videos/${body.id}/cancel`)
        expect(cancelled.body).toMatchObject({ status: 'failed', error: { code: 'cancelled' } })
      }
      expect(vendor.submits).toHaveLength(1)
    })

    test('a finished task that is cancelled in the last moment stays finished', async () => {
      await addChannel(vendor)
      vendor.onPoll = () => 'succeed'
      const { body } = await create()
      expect((await server.call('POST', `/openai/v1/videos/${body.id}/cancel`)).body.status).toBe('completed')
    })

    test('a deleted running task is gone, and frees its slot when its vendor has ended it', async () => {
      const id = await addChannel(vendor)
      vendor.onPoll = () => 'processing'
      const { body } = await create()
      expect((await server.call('DELETE', `/v1/videos/${body.id}`)).body).toEqual({
        id: body.id,
        object: 'video.deleted',
        deleted: true
      })
      expect((await server.call('GET', `/v1/videos/${body.id}`)).status).toBe(404)
      expect((await server.call('GET', `/admin/channels/${id}`)).body.in_flight).toBe(1)
      vendor.onPoll = () => 'succeed'
      await server.advance(60_000)
      expect((await server.call('GET', `/admin/channels/${id}`)).body.in_flight).toBe(0)
    })
  })

  describe('never twice', () => {
    const withKey = (value: string) => ({ headers: { 'idempotency-key': value } })

    test('the same Idempotency-Key: one task, whether one after another or fifty at once', async () => {
      await addChannel(vendor)
      const first = await create(request, withKey('a'))
      const second = await create(request, withKey('a'))
      expect(second.body.id).toBe(first.body.id)
      expect(second.headers.get('idempotent-replayed')).toBe('true')
      const many = await Promise.all(
        Array.from({ length: 50 }, () => create({ ...request, prompt: 'b' }, withKey('b')))
      )
      expect(new Set(many.map(({ body }) => body.id)).size).toBe(1)
      expect(vendor.submits).toHaveLength(2)
    })

    test('other fields under the same key are a 422; another key’s same text is its own', async () => {
      await addChannel(vendor)
      await create(request, withKey('a'))
      const mismatch = await create({ ...request, prompt: 'other' }, withKey('a'))
      expect(mismatch).toMatchObject({ status: 422, body: { error: { code: 'idempotency_mismatch' } } })
      expect(mismatch.headers.get('x-should-retry')).toBe('false')
      expect((await create(request, { ...withKey('a'), key: await server.memberKey() })).status).toBe(200)
      expect(vendor.submits).toHaveLength(2)
    })

    test('a refused request does not use its key up', async () => {
      await addChannel(vendor)
      vendor.onSubmit = () => ({ status: 400, body: { code: 1301, message: 'sensitive' } })
      expect((await create(request, withKey('a'))).status).toBe(400)
      vendor.onSubmit = () => 'accept'
      expect((await create(request, withKey('a'))).status).toBe(200)
    })

    test('a deleted video does not set its key free: the same request is answered with it, and not made again', async () => {
      await addChannel(vendor)
      const first = await create(request, withKey('a'))
      await server.call('DELETE', `/v1/videos/${first.body.id}`)
      const again = await create(request, withKey('a'))
      expect(again).toMatchObject({ status: 200, body: { id: first.body.id } })
      expect(vendor.submits).toHaveLength(1)
    })

    test.each(['', 'x'.repeat(256)])('an Idempotency-Key of %j is a 400', async value => {
      expect(await create(request, withKey(value))).toMatchObject({
        status: 400,
        body: { error: { param: 'Idempotency-Key' } }
      })
    })

    test("an SDK's own retry is answered with the first task, once per chain", async () => {
      await addChannel(vendor)
      const retry = (count: number) => create(request, { headers: { 'x-stainless-retry-count': String(count) } })
      const first = await retry(0)
      const twin = await retry(0)
      expect(twin.body.id).not.toBe(first.body.id)
      const again = [await retry(1), await retry(1)].map(({ body }) => body.id)
      expect(new Set(again)).toEqual(new Set([first.body.id, twin.body.id]))
      expect((await retry(2)).body.id).toBe(twin.body.id)
      expect(vendor.submits).toHaveLength(2)
      await server.advance(11 * MINUTE)
      expect([first.body.id, twin.body.id]).not.toContain((await retry(1)).body.id)
    })
  })

  describe('n > 1', () => {
    test('is made by child tasks of one task; done when all are', async () => {
      await addChannel(vendor, { max_concurrency: 2 })
      const { body } = await create({ ...request, n: 3 })
      expect(body.status).toMatch(/queued|in_progress/)
      const done = await server.finished(body.id)
      expect(done).toMatchObject({ status: 'completed', progress: 100 })
      expect(done.metadata.videos).toHaveLength(3)
      expect(vendor.submits).toHaveLength(3)
      for (const { url } of done.metadata.videos) expect((await fetch(url)).status).toBe(200)
      expect((await server.call('GET', '/v1/videos')).body.data).toHaveLength(1)
    })

    test('partial success is reported as such', async () => {
      await addChannel(vendor)
      vendor.onPoll = ({ id }) => (id === 'up-1' ? 'failed' : 'succeed')
      const { body } = await create({ ...request, n: 2 })
      const done = await server.finished(body.id)
      expect(done).toMatchObject({
        status: 'completed',
        metadata: { warnings: [{ field: 'n', reason: '1 of 2 videos were made; the others failed' }] }
      })
    })
  })
})
