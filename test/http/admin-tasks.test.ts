import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { kinds } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forAllTests } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'
import { refusal, unixSeconds } from './operator.ts'

/* The operators' view of the tasks of all keys: W3, W4, G3–G6 of the console's needs, through HTTP on both databases. */

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64'
)
const usd = (amount: string) => ({ amount, currency: 'USD' })

describe.each(kinds)('%s', kind => {
  const vendor = forAllTests(() => startFakeCloudsway({ onPoll: ({ body }) => statusFor(String(body.prompt)) }))
  const server = forAllTests(() => startTestServer({ kind }))
  const get = async (path: string) => {
    const { status, body } = await server.call('GET', `/admin${path}`)
    expect(status, JSON.stringify(body)).toBe(200)
    return body
  }
  const ids = async (query: string): Promise<string[]> =>
    (await get(`/tasks?limit=100&${query}`)).data.map(({ id }: { id: string }) => id)

  const made: Record<string, string> = {}
  let [channel, member] = ['', { id: '', key: '' }]

  test('tasks in every state', async () => {
    channel = await server.newChannel(
      vendor.channel({ name: 'first', models: { 'kling-v1': 'kling-v1', other: 'kling-v1-6' } })
    )
    await server.call('PATCH', '/admin/models/kling-v1', {
      prices: [{ unit: 'second', amount: '0.10', currency: 'USD' }]
    })
    member = await server.newKey({ name: 'team red' })
    const ask = (fields: object) => server.newVideo({ seconds: 5, ...fields }, member)
    made.succeeded = await ask({ prompt: 'a cat that ends well', user: 'ann', metadata: { group: 'g1', mode: 'std' } })
    await server.finished(made.succeeded)
    made.failed = await ask({ prompt: 'a cat that fails', metadata: { group: 'g1' } })
    await server.finished(made.failed)
    made.cancelled = await ask({ prompt: 'a cat that runs on', model: 'other' })
    await server.call('POST', `/admin/tasks/${made.cancelled}/cancel`)
    vendor.onSubmit = () => ({
      status: 400,
      body: { code: 1301, message: 'the prompt is not allowed', request_id: 'r' }
    })
    const { status } = await server.call('POST', '/v1/videos', { model: 'kling-v1', prompt: 'a refused cat' }, member)
    expect(status).toBe(400)
    vendor.onSubmit = () => 'accept'
    made.running = await ask({ prompt: 'a DOG runs on' })
    await server.call('PATCH', `/admin/keys/${member.id}`, { max_concurrency: 1 })
    made.waiting = await ask({ prompt: 'a cat that waits 100% of the time' })
    const states = await get('/tasks/summary')
    expect(states.by_state).toMatchObject({ succeeded: 1, failed: 1, cancelled: 1, waiting: 1 })
  })

  test('an item has its state, names, money and times', async () => {
    const [item] = (await get('/tasks?state=succeeded')).data
    expect(item).toMatchObject({
      id: made.succeeded,
      object: 'video',
      status: 'completed',
      state: 'succeeded',
      key: { id: member.id, name: 'team red' },
      key_id: member.id,
      channel: { id: channel, name: 'first' },
      upstream_model: 'kling-v1',
      user: 'ann',
      group: 'g1',
      price: usd('0.50'),
      held: null,
      charged: usd('0.50'),
      started_at: unixSeconds,
      ended_at: unixSeconds,
      duration_ms: expect.any(Number),
      attempts_count: 1,
      thumbnail_url: null,
      error: null,
      decide_by: null,
      // this vendor has no users
      warnings: [{ field: 'user', reason: expect.any(String) }]
    })
    const [failed] = (await get('/tasks?state=failed')).data
    expect(failed).toMatchObject({ id: made.failed, held: null, charged: usd('0.00'), ended_at: unixSeconds })
    const [running] = (await get('/tasks?state=running&q=dog')).data
    expect(running).toMatchObject({ id: made.running, status: 'in_progress', held: usd('0.50'), charged: null })
  })

  test('a refused task is found by its state only, and its code by the vendor', async () => {
    const { data } = await get('/tasks?state=refused')
    expect(data).toMatchObject([{ prompt: 'a refused cat', state: 'refused', status: 'failed', attempts_count: 1 }])
    expect(await ids('')).not.toContain(data[0].id)
    expect(await ids('status=refused')).toEqual([data[0].id])
    expect(await ids('state=refused&vendor_code=1301')).toEqual([data[0].id])
    expect((await get(`/tasks/${data[0].id}`)).state).toBe('refused')
    expect((await server.call('GET', `/v1/videos/${data[0].id}`, undefined, member)).status).toBe(404)
  })

  test('every filter finds what it says, and no more', async () => {
    expect(await ids('state=waiting')).toEqual([made.waiting])
    expect(await ids('state=cancelled')).toEqual([made.cancelled])
    expect(await ids('state=succeeded,failed')).toEqual([made.failed, made.succeeded])
    expect(await ids('state=waiting,cancelled')).toEqual([made.waiting, made.cancelled])
    expect(await ids('status=failed&state=failed,succeeded')).toEqual([made.failed])
    expect(await ids('group=g1')).toEqual([made.failed, made.succeeded])
    expect(await ids('user=ann')).toEqual([made.succeeded])
    expect(await ids('model=other')).toEqual([made.cancelled])
    expect(await ids(`channel=${channel}&state=succeeded,failed`)).toEqual([made.failed, made.succeeded])
    expect(await ids(`channel=${channel}`)).toContain(made.running)
    expect(await ids(`key=${member.id}`)).toHaveLength(5)
    expect(await ids('key=key_none')).toEqual([])
    expect(await ids('error=cancelled')).toEqual([made.cancelled])
    expect(await ids('min_cost=0.50')).toEqual([made.succeeded])
    expect(await ids('max_cost=0.49')).toEqual([made.cancelled, made.failed])
    expect(await ids('sort=cost')).toEqual([made.succeeded, made.cancelled, made.failed])
    const byDuration = await ids('sort=duration&order=desc')
    expect(new Set(byDuration)).toEqual(new Set([made.succeeded, made.failed, made.cancelled]))
    expect(await ids(`q=${encodeURIComponent('A CAT THAT ENDS')}`)).toEqual([made.succeeded])
    expect(await ids(`q=${encodeURIComponent('100%')}`)).toEqual([made.waiting])
    expect(await ids(`q=${encodeURIComponent('c_t')}`)).toEqual([])
    expect(await ids(`q=${made.failed}`)).toEqual([made.failed])
    const soon = Math.floor(server.now() / 1000) + 60
    expect(await ids(`from=${soon}`)).toEqual([])
    expect(await ids(`to=${soon}`)).toHaveLength(5)
  })

  test('pages follow each other in every order', async () => {
    for (const query of ['', 'order=asc', 'sort=cost&order=asc', 'sort=duration', 'state=succeeded,failed,waiting']) {
      const all = await ids(query)
      const seen: string[] = []
      for (let after = '', hasMore = true; hasMore;) {
        const page = await get(`/tasks?limit=1&${query}${after && `&after=${after}`}`)
        seen.push(...page.data.map(({ id }: { id: string }) => id))
        after = page.last_id
        hasMore = page.has_more
      }
      expect(seen, query).toEqual(all)
    }
    expect(await server.call('GET', '/admin/tasks?sort=cost&after=video_none')).toMatchObject(refusal('after'))
  })

  test('the summary counts and adds up the same filter', async () => {
    expect(await get('/tasks/summary?state=succeeded,failed')).toEqual({
      object: 'task.summary',
      count: 2,
      capped: false,
      charged: [usd('0.50')],
      held: [],
      seconds: 5,
      by_state: { succeeded: 1, failed: 1 }
    })
    expect(await get('/tasks/summary?q=dog')).toMatchObject({ count: 1, held: [usd('0.50')], by_state: { running: 1 } })
    expect(await get('/tasks/summary?model=nobody')).toMatchObject({ count: 0, charged: [], by_state: {} })
  })

  test('an export has exactly what the filter finds', async () => {
    const csv = await server.ask('/admin/tasks?group=g1&format=csv', {})
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/)
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="tasks.csv"')
    const [head = '', ...lines] = (await csv.text()).trimEnd().split('\r\n')
    expect(head.split(',').slice(0, 3)).toEqual(['id', 'state', 'created_at'])
    expect(lines.map(line => line.split(',')[0])).toEqual([made.failed, made.succeeded])
    const lined = await server.ask('/admin/tasks?group=g1', { headers: { accept: 'application/x-ndjson' } })
    const rows = (await lined.text())
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { id: string })
    expect(rows.map(({ id }) => id)).toEqual([made.failed, made.succeeded])
  })

  test('a detail has what was asked, what happened when, and the files', async () => {
    const image = PNG.toString('base64')
    const id = await server.newVideo({
      prompt: 'a cat that ends well',
      image: `data:image/png;base64,${image}`,
      negative_prompt: 'dogs',
      metadata: { mode: 'std', canary: `data:application/pdf;base64,${image}` }
    })
    await server.finished(id)
    const detail = await get(`/tasks/${id}`)
    const sha256 = createHash('sha256').update(PNG).digest('hex')
    expect(detail.request).toMatchObject({
      model: 'kling-v1',
      prompt: 'a cat that ends well',
      negative_prompt: 'dogs',
      metadata: { mode: 'std', canary: { omitted: { bytes: PNG.length } } },
      images: [{ role: 'first', type: 'image/png', bytes: PNG.length, sha256, url: null }]
    })
    expect(JSON.stringify(detail)).not.toContain(image)
    expect(detail.timeline.map(({ kind }: { kind: string }) => kind)).toEqual(['queued', 'submit', 'running'])
    expect(detail.timeline[1]).toMatchObject({
      at_ms: expect.any(Number),
      ended_at_ms: expect.any(Number),
      attempt: detail.attempts[0].id,
      channel: { id: channel, name: 'first' },
      note: 'accepted'
    })
    expect(detail.attempts[0]).toMatchObject({ channel, cost: null, started_at_ms: expect.any(Number) })
    expect(detail.ledger.map(({ kind }: { kind: string }) => kind)).toEqual(['hold', 'capture'])
    expect(await server.call('POST', `/admin/tasks/${id}/rerun`)).toMatchObject(refusal('images'))
  })

  test('a task can be run again as its key', async () => {
    await server.call('PATCH', `/admin/keys/${member.id}`, { max_concurrency: null })
    const { status, body } = await server.call('POST', `/admin/tasks/${made.succeeded}/rerun`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ key: { id: member.id }, prompt: 'a cat that ends well', user: 'ann', group: 'g1' })
    expect(body.id).not.toBe(made.succeeded)
    const { request } = await get(`/tasks/${body.id}`)
    expect(request).toEqual((await get(`/tasks/${made.succeeded}`)).request)
    const [entry] = (await get(`/audit?target=${body.id}`)).data
    expect(entry).toMatchObject({ action: 'task.create', after: { rerun_of: made.succeeded } })
  })

  test('many are cancelled at once, if they are as many as were seen', async () => {
    const more = [await server.newVideo({ prompt: 'runs on 1' }), await server.newVideo({ prompt: 'runs on 2' })]
    const filter = { q: 'runs on', state: ['waiting', 'running'] }
    const wrong = await server.call('POST', '/admin/tasks/cancel', { filter, expected_count: 2 })
    expect(wrong).toMatchObject({ status: 409, body: { code: 'conflict' } })
    const { body } = await server.call('POST', '/admin/tasks/cancel', { filter, expected_count: 3 })
    expect(new Set(body.ids)).toEqual(new Set([...more, made.running]))
    // whoever is just being submitted ends a moment later
    await expect.poll(() => ids('state=running&q=runs'), { timeout: 10_000 }).toEqual([])
    const [id] = more
    expect((await server.call('POST', '/admin/tasks/cancel', { ids: [id, 'video_none'] })).body.count).toBe(0)
    expect(await server.call('POST', '/admin/tasks/cancel', { filter: {}, expected_count: 1 })).toMatchObject(
      refusal('filter')
    )
  })

  test('a correction changes what a task was charged', async () => {
    const adjustment = {
      key_id: member.id,
      task_id: made.succeeded,
      amount: '-0.20',
      currency: 'USD',
      reason: 'spoiled'
    }
    expect((await server.call('POST', '/admin/ledger', adjustment)).status).toBe(201)
    expect((await get(`/tasks/${made.succeeded}`)).charged).toEqual(usd('0.30'))
  })

  test('a fanned-out task is charged and counted as its child tasks are', async () => {
    const { body } = await server.call('POST', '/v1/videos', {
      model: 'kling-v1',
      prompt: 'ends well',
      n: 2,
      seconds: 5
    })
    const held = await get(`/tasks/${body.id}`)
    expect(held.held).toEqual(usd('1.00'))
    await server.finished(body.id)
    expect(await get(`/tasks/${body.id}`)).toMatchObject({ charged: usd('1.00'), held: null, attempts_count: 2 })
    expect(await ids('q=ends+well&sort=cost')).toContain(body.id)
  })

  test('a lost submit needs a decision until somebody decides', async () => {
    vendor.onSubmit = () => 'drop after accept'
    vendor.onPoll = () => ({ status: 500, body: 'down' })
    const lost = await server.newVideo({ prompt: 'a cat that nobody answers for', seconds: 5 }, member)
    for (let minute = 0; minute < 40; minute++) await server.advance(60_000)
    const [item] = (await get('/tasks?state=needs_decision')).data
    expect(item).toMatchObject({ id: lost, held: usd('0.50'), charged: null, decide_by: unixSeconds })
    const { body } = await server.call('POST', `/admin/tasks/${lost}/resolve`, { outcome: 'charged' })
    expect(body).toMatchObject({ state: 'failed', charged: usd('0.50'), held: null, decide_by: null })
    expect(await ids('state=needs_decision')).toEqual([])
    const { timeline } = await get(`/tasks/${lost}`)
    expect(timeline.map(({ kind }: { kind: string }) => kind)).toEqual(['queued', 'submit', 'reconcile', 'decided'])
  })

  test.each([
    ['state=done', 'state'],
    ['min_cost=1,5', 'min_cost'],
    ['from=yesterday', 'from'],
    ['error_code=x', 'error_code'],
    ['limit=101', 'limit'],
    ['sort=price', 'sort']
  ])('?%s is a 400 that names it', async (query, param) => {
    expect(await server.call('GET', `/admin/tasks?${query}`)).toMatchObject(refusal(param))
  })
})

function statusFor(prompt: string) {
  if (prompt.includes('ends well')) return 'succeed'
  return prompt.includes('fails') ? 'failed' : 'processing'
}
