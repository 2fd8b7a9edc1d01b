import { describe, expect, test } from 'vitest'
import { startFakeCloudsway, type FakeCloudsway, type SubmitAnswer } from '../support/fake-cloudsway.ts'
import { kinds } from '../support/database.ts'
import { forEachTest } from '../support/per-test.ts'
import { startTestServer } from '../support/server.ts'

const SECOND = 1000
// nobody can say whether the vendor took what it answers so
const nonsense: SubmitAnswer = { status: 500, body: {} }
const maintenance: SubmitAnswer = { status: 503, body: { code: 5001, message: 'maintenance' } }

describe.each(kinds)('a channel in trouble, on %s', kind => {
  const vendor = forEachTest(startFakeCloudsway)
  const other = forEachTest(startFakeCloudsway)
  const server = forEachTest(() => startTestServer({ kind, env: { RECONCILE_AFTER_MS: '600000' } }))

  const addChannel = (fake: FakeCloudsway, more = {}) => server.newChannel(fake.channel(more))
  const create = () => server.call('POST', '/openai/v1/videos', { model: 'kling-v1', prompt: 'a cat', seconds: '5' })
  const healthOf = async (id: string) => (await server.call('GET', `/admin/channels/${id}`)).body.health

  const submits = (count: number) => expect.poll(() => vendor.submits.length, { timeout: 10_000 }).toBe(count)

  async function fiveSilentSubmits() {
    vendor.onSubmit = () => nonsense
    for (let n = 0; n < 5; n++) expect((await create()).status).toBe(200)
    expect(vendor.submits).toHaveLength(5)
  }

  test('five submits in a row without an answer: it rests, and the sixth goes elsewhere', async () => {
    const id = await addChannel(vendor, { priority: 10 })
    await addChannel(other)
    await fiveSilentSubmits()
    expect(await healthOf(id)).toMatchObject({ state: 'cooling', reason: 'no_answer' })
    for (let n = 0; n < 3; n++) await create()
    expect([vendor.submits.length, other.submits.length]).toEqual([5, 3])
  })

  test('alone, it is tried with one submit at a time, ever more rarely; what waits goes when one is accepted', async () => {
    const id = await addChannel(vendor)
    await fiveSilentSubmits()
    const waiting = await Promise.all(Array.from({ length: 4 }, create))
    expect(waiting.map(({ body }) => body.status)).toEqual(['queued', 'queued', 'queued', 'queued'])
    expect(vendor.submits).toHaveLength(5)

    await server.advance(6 * SECOND)
    await submits(6)
    await server.advance(6 * SECOND)
    expect(vendor.submits).toHaveLength(6)

    vendor.onSubmit = () => 'accept'
    await server.advance(5 * SECOND)
    await server.advance(SECOND)
    await submits(9)
    expect(await healthOf(id)).toMatchObject({ state: 'ok' })
  })

  test('while one submit tries it, others wait for what becomes of that', async () => {
    await addChannel(vendor)
    vendor.onSubmit = () => maintenance
    expect((await create()).status).toBe(502)

    let answer: (answer: SubmitAnswer) => void = () => {}
    const asked = new Promise<SubmitAnswer>(resolve => (answer = resolve))
    vendor.onSubmit = () => asked
    const trial = create()
    await expect.poll(() => vendor.submits.length).toBe(2)
    const others = await Promise.all([create(), create()])
    expect(others.map(({ body }) => body.status)).toEqual(['queued', 'queued'])
    expect(vendor.submits).toHaveLength(2)
    answer('accept')
    expect((await trial).body.status).toBe('in_progress')
    await server.advance(SECOND)
    await submits(4)
  })

  test('a refusal for the request’s own sake shows that the vendor is there', async () => {
    const id = await addChannel(vendor)
    vendor.onSubmit = () => maintenance
    await create()
    expect(await healthOf(id)).toMatchObject({ state: 'cooling' })
    await server.advance(2 * SECOND)
    vendor.onSubmit = () => ({ status: 400, body: { code: 1301, message: 'sensitive' } })
    expect((await create()).status).toBe(400)
    expect(await healthOf(id)).toMatchObject({ state: 'ok' })
  })
})
