import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { freshUrl } from '../support/database.ts'
import { startFakeCloudsway } from '../support/fake-cloudsway.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

/* Two nodes, one PostgreSQL. REPEAT=20 makes everything so many times larger. */

const REPEAT = Number(process.env.REPEAT ?? 1)

describe('two nodes on one PostgreSQL', { timeout: 60_000 * REPEAT }, () => {
  const vendor = forEachTest(startFakeCloudsway)
  const shared = forEachTest(() => freshUrl('postgres'))
  const SECRET_KEY = randomBytes(32).toString('base64')
  const start = () => startTestServer({ env: { DATABASE_URL: shared.url, SECRET_KEY, RECONCILE_AFTER_MS: '3000' } })
  const nodes = [forEachTest(start), forEachTest(start)] as const

  const either = (n: number) => nodes[n % 2]!
  const create = (n: number, body: object, options = {}) =>
    either(n).call('POST', '/openai/v1/videos', { model: 'kling-v1', seconds: '5', ...body }, options)
  const addChannel = (more: object) => nodes[0].newChannel(vendor.channel({ ...more }))

  /** Moves both clocks on until nothing is open any more. */
  async function untilAllEnded(after = () => {}) {
    for (let tries = 0; tries < 2000 * REPEAT; tries++) {
      await Promise.all(nodes.map(node => node.advance(1000)))
      after()
      const [queued, running] = await Promise.all(
        ['queued', 'in_progress'].map(status => nodes[0].call('GET', `/admin/tasks?status=${status}&limit=1`))
      )
      if (queued!.body.data.length + running!.body.data.length === 0) return
    }
    throw new Error('tasks never end')
  }

  test(`M3: ${10 * REPEAT} Idempotency-Keys, each in 50 requests at once: one task each`, async () => {
    await addChannel({})
    for (let key = 0; key < 10 * REPEAT; key++) {
      const options = { headers: { 'idempotency-key': `key ${key}` } }
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => create(n, { prompt: `prompt ${key}` }, options))
      )
      const statuses = new Set(answers.map(({ status }) => status))
      // a request that waited two seconds for the first one's answer is told to come again
      expect([200, 409]).toEqual(expect.arrayContaining([...statuses]))
      const ids = new Set(answers.flatMap(({ status, body }) => (status === 200 ? [body.id] : [])))
      expect(ids.size).toBe(1)
      expect(vendor.submits).toHaveLength(key + 1)
      const other = await create(key, { prompt: 'another' }, options)
      expect(other).toMatchObject({ status: 422, body: { error: { code: 'idempotency_mismatch' } } })
    }
  })

  test(`F5: ${60 * REPEAT} tasks, max_concurrency 5: never more than 5 at the vendor`, async () => {
    await addChannel({ max_concurrency: 5 })
    const running = new Set<string>()
    let most = 0
    vendor.onPoll = ({ id, polls }) => {
      if (polls < 3) return 'processing'
      running.delete(id)
      return 'succeed'
    }
    const look = () => {
      for (const { id, polls } of vendor.tasks.values()) if (polls < 3) running.add(id)
      most = Math.max(most, running.size)
    }
    await Promise.all(Array.from({ length: 60 * REPEAT }, (_, n) => create(n, { prompt: `prompt ${n}` })))
    look()
    await untilAllEnded(look)
    expect(most).toBe(5)
    expect(vendor.mostRunning()).toBe(5)
    expect(vendor.submits).toHaveLength(60 * REPEAT)
  })

  test('F1: a key with 90 % of the queue gets its share and no more: Jain >= 0.99', async () => {
    await addChannel({ max_concurrency: 2 })
    vendor.onPoll = () => 'succeed'
    const names = ['hog', 'a', 'b', 'c', 'd']
    const keys = await Promise.all(names.map(() => nodes[0].memberKey()))
    const each = 4 * REPEAT
    for (let n = 0; n < 9 * 4 * each; n++) await create(n, { prompt: `hog ${n}` }, { key: keys[0] })
    for (let n = 0; n < each; n++)
      for (let guest = 1; guest < keys.length; guest++)
        await create(n, { prompt: `${names[guest]} ${n}` }, { key: keys[guest] })
    const before = vendor.submits.length
    // as long as everybody has something waiting
    const picks = keys.length * (each - 1)
    for (let tries = 0; vendor.submits.length < before + picks && tries < 2000; tries++)
      await Promise.all(nodes.map(node => node.advance(1000)))
    const served = vendor.submits.slice(before, before + picks).map(({ body }) => String(body.prompt).split(' ')[0]!)
    const counts = names.map(name => served.filter(one => one === name).length)
    const jain = counts.reduce((sum, x) => sum + x, 0) ** 2 / (names.length * counts.reduce((sum, x) => sum + x * x, 0))
    console.info(JSON.stringify({ served: counts, jain }))
    expect(jain, JSON.stringify(counts)).toBeGreaterThanOrEqual(0.99)
  })

  test('F6: a dead channel is left alone after a few calls; every request is served by the other', async () => {
    const dead = await startFakeCloudsway()
    dead.onSubmit = () => ({ status: 503, body: { code: 5001, message: 'maintenance' } })
    await nodes[0].newChannel(dead.channel({ priority: 10 }))
    await addChannel({})
    for (let n = 0; n < 50 * REPEAT; n++)
      expect(await create(n, { prompt: `prompt ${n}` })).toMatchObject({ status: 200, body: { status: 'in_progress' } })
    expect(vendor.submits).toHaveLength(50 * REPEAT)
    expect(dead.submits.length).toBeLessThanOrEqual(5 * REPEAT)
    await untilAllEnded()
    await dead.close()
  })
})
